# SPDX-License-Identifier: Apache-2.0
"""picture.py: photos as a phone writes them, for the system tests."""

SECRET = b"21.0285N 105.8542E SECRET"


def segment(mark, data):
    return bytes([255, mark]) + (len(data) + 2).to_bytes(2, "big") + data


def jpeg(size, width=1200, height=900, seed=1, metadata=True):
    """A JPEG whose picture has about `size` bytes, with what a phone writes beside it."""
    scan, state = bytearray(), seed
    while len(scan) < size:
        state = (state * 1103515245 + 12345) % 2**31
        scan.append(state >> 16 & 0x7F)
    tiff = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0" + SECRET
    beside = segment(0xE1, b"Exif\0\0" + tiff) + segment(0xFE, SECRET) if metadata else b""
    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\1\1\x11\0"
    return (b"\xff\xd8" + beside + segment(0xC0, frame) +
            segment(0xDA, b"\1\1\0\0\x3f\0") + bytes(scan) + b"\xff\xd9" +
            (SECRET if metadata else b""))
