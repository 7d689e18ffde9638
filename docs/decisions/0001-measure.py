#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bytes of one campaign record in the spellings that 0001-signed-format.md compares."""
import json

# A Saturday clean-up of twelve fields: date, unit, participants, volunteers, metres, waste
# (one digit), spots, start, kind, means, place, boolean.
NAMES = ["date", "unit", "participants", "volunteers", "metres", "waste_kg", "spots", "start",
         "kind", "means", "place", "photos_taken"]
VALUES = [19100, 23, 45, 12, 850, 3205, 3, 420, 2, [1, 3], "Ngõ 29 Thạch Bàn".encode(), 1]
FORM, VERSION = 16, 1


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def zigzag(number):
    return varint(2 * number if number >= 0 else -2 * number - 1)


def scalar(field, body):
    return varint(field << 3) + body


def block(field, body):
    return varint(field << 3 | 2) + varint(len(body)) + body


def head():
    return scalar(2, varint(FORM)) + scalar(3, varint(VERSION))


def columns():
    """As in the format: keys, integers and texts beside each other."""
    keys = integers = texts = b""
    for value in VALUES:
        kind = 0
        if isinstance(value, bytes):
            kind = 1
            texts += block(8, value)
        elif isinstance(value, list):
            kind = 2
            integers += zigzag(len(value)) + b"".join(map(zigzag, value))
        else:
            integers += zigzag(value)
        keys += varint(8 + kind)  # every field follows the one before
    return head() + block(6, keys) + block(7, integers) + texts


def messages():
    """The usual way: one message a value."""
    out = head()
    for number, value in enumerate(VALUES, 1):
        body = scalar(1, varint(number))
        if isinstance(value, bytes):
            body += block(3, value)
        elif isinstance(value, list):
            body += block(4, b"".join(map(zigzag, value)))
        else:
            body += scalar(2, zigzag(value))
        out += block(6, body)
    return out


def bare():
    """The values alone, without saying which is which."""
    size = 0
    for value in VALUES:
        items = value if isinstance(value, list) else [value]
        size += sum(len(item) if isinstance(item, bytes) else len(zigzag(item))
                    for item in items)
    return size


def text():
    words = {name: value.decode() if isinstance(value, bytes) else value
             for name, value in zip(NAMES, VALUES)}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


change = scalar(1, zigzag(90)) + scalar(2, varint(3)) + block(3, columns())
print("values alone        ", bare())
print("columns             ", len(columns()))
print("one message a value ", len(messages()))
print("JSON                ", len(text()))
print("whole change        ", len(change))
