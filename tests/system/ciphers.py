# SPDX-License-Identifier: Apache-2.0
"""ciphers.py: X25519 (RFC 7748), ChaCha20 and Poly1305 (RFC 8439) with the nonce of XChaCha20, and
XSalsa20 of NaCl, with Python's integers alone: for the second reader of the vectors."""
import struct

P = 2**255 - 19
SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def x25519(secret, point):
    """RFC 7748 section 5; None where the two share nothing."""
    k = int.from_bytes(secret, "little") & ~7 & (1 << 254) - 1 | 1 << 254
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, e = aa * bb % P, aa - bb
        z2 = e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    shared = (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")
    return shared if any(shared) else None


def x25519_public(secret):
    return x25519(secret, (9).to_bytes(32, "little"))


def turned(word, left):
    return (word << left | word >> 32 - left) & 0xffffffff


CHACHA = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
SALSA = [(0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
         (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)]


def chacha_rounds(start):
    x = list(start)
    for _ in range(10):
        for i, j, k, m in CHACHA:
            a, b, c, d = x[i], x[j], x[k], x[m]
            for left, right in ((16, 12), (8, 7)):
                a = a + b & 0xffffffff
                d = turned(d ^ a, left)
                c = c + d & 0xffffffff
                b = turned(b ^ c, right)
            x[i], x[j], x[k], x[m] = a, b, c, d
    return x


def salsa_rounds(start):
    x = list(start)
    for _ in range(10):
        for a, b, c, d in SALSA:
            x[b] ^= turned(x[a] + x[d] & 0xffffffff, 7)
            x[c] ^= turned(x[b] + x[a] & 0xffffffff, 9)
            x[d] ^= turned(x[c] + x[b] & 0xffffffff, 13)
            x[a] ^= turned(x[d] + x[c] & 0xffffffff, 18)
    return x


def block_of(start, rounds):
    return struct.pack("<16I", *(a + b & 0xffffffff for a, b in zip(start, rounds(start))))


def xored(text, stream):
    return bytes(a ^ b for a, b in zip(text, stream))


def chacha20(key, nonce, counter, text):
    """RFC 8439 section 2.4: nonce of 12 bytes."""
    head, tail = SIGMA + struct.unpack("<8I", key), struct.unpack("<3I", nonce)
    return b"".join(xored(text[at:at + 64],
                          block_of(head + (counter + at // 64,) + tail, chacha_rounds))
                    for at in range(0, len(text), 64))


def hchacha20(key, nonce):
    """The first and last four words of the rounds over a nonce of 16 bytes."""
    x = chacha_rounds(SIGMA + struct.unpack("<8I", key) + struct.unpack("<4I", nonce))
    return struct.pack("<8I", *x[:4], *x[12:])


def salsa_start(key, nonce):
    k, n = struct.unpack("<8I", key), struct.unpack("<4I", nonce)
    return (SIGMA[0], *k[:4], SIGMA[1], *n, SIGMA[2], *k[4:], SIGMA[3])


def hsalsa20(key, nonce):
    x = salsa_rounds(salsa_start(key, nonce))
    return struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def poly1305(key, text):
    """RFC 8439 section 2.5."""
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for at in range(0, len(text), 16):
        total = (total + int.from_bytes(text[at:at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def padded(text):
    return text + bytes(-len(text) % 16)


def u64le(number):
    return number.to_bytes(8, "little")


class XChaCha:
    """The AEAD of RFC 8439 section 2.8 under the key and nonce that XChaCha20 derives."""

    def __init__(self, key, nonce):
        self.key, self.nonce = hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]

    def tag(self, text, beside):
        one_time = chacha20(self.key, self.nonce, 0, bytes(32))
        return poly1305(one_time, padded(beside) + padded(text) + u64le(len(beside)) +
                        u64le(len(text)))

    def seal(self, text, beside):
        out = chacha20(self.key, self.nonce, 1, text)
        return out + self.tag(out, beside)

    def whole(self, sealed, beside):
        return self.tag(sealed[:-16], beside) == sealed[-16:]

    def open(self, sealed, beside):
        return chacha20(self.key, self.nonce, 1, sealed[:-16])


def box_stream(key, nonce, length):
    """XSalsa20: 32 bytes for the tag's key, then as many as the text has."""
    key = hsalsa20(key, nonce[:16])
    return b"".join(block_of(salsa_start(key, nonce[16:] + u64le(counter)), salsa_rounds)
                    for counter in range((32 + length + 63) // 64))


def secret_box(key, nonce, text):
    """XSalsa20-Poly1305 as NaCl's secret box has it: the tag first."""
    stream = box_stream(key, nonce, len(text))
    sealed = xored(text, stream[32:])
    return poly1305(stream[:32], sealed) + sealed


def box_open(key, nonce, sealed):
    """What is in the box; None where it is not whole."""
    stream = box_stream(key, nonce, len(sealed) - 16)
    if poly1305(stream[:32], sealed[16:]) != sealed[:16]:
        return None
    return xored(sealed[16:], stream[32:])
