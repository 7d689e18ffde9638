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


def folded(keys):
    """Keys of one-by-one fields as the format spells them: a repeat key for two or more."""
    out, at = b"", 0
    while at < len(keys):
        more = 1
        while at + more < len(keys) and keys[at + more] == keys[at]:
            more += 1
        repeat = [more - 1 << 3 | 5] if more > 2 else keys[at + 1:at + more]
        out, at = out + b"".join(map(varint, [keys[at]] + repeat)), at + more
    return out


def columns(spell=folded):
    """As in the format: keys, integers and texts beside each other."""
    keys, integers, texts = [], b"", b""
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
        keys.append(8 + kind)  # every field follows the one before
    return head() + block(6, spell(keys)) + block(7, integers) + texts


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


def bench():
    """What one change of the bench's record (tests/bench/load.h) costs beyond its values."""
    texts = [22, 36, 177]
    keys = folded([8] * 9 + [9] * 3)
    costs = [
        ("stamp", len(scalar(1, zigzag(40)))),
        ("actor", len(scalar(2, varint(1)))),
        ("form and version", len(scalar(2, varint(26)) + scalar(3, varint(1)))),
        ("keys", len(block(6, keys))),
        ("integers: tag and length", 2),
        ("three texts: tag and length each", sum(1 + len(varint(size)) for size in texts)),
    ]
    rest = sum(cost for _, cost in costs[2:])
    costs.append(("operation: tag and length", 1 + len(varint(250 + rest))))
    costs.append(("in the set: tag and length", 1 + len(varint(250 + rest + 7))))
    return costs + [("sum", sum(cost for _, cost in costs))]


change = scalar(1, zigzag(90)) + scalar(2, varint(3)) + block(3, columns())
print("values alone        ", bare())
print("columns             ", len(columns()))
print("without repeat keys ", len(columns(lambda keys: b"".join(map(varint, keys)))))
print("one message a value ", len(messages()))
print("JSON                ", len(text()))
print("whole change        ", len(change))
print()
for what, cost in bench():
    print(f"{what:33}{cost:3}")
