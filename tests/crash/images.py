# SPDX-License-Identifier: Apache-2.0
"""images.py: power cuts, played from a trace of what a program wrote and synced.

The real ledger writes over the real store while every write and sync is noted (trace.c).  A power
cut between two notes leaves: everything synced before, and of what was written since any subset of
its sectors.  Each such image is opened and proved anew (program.c): whatever somebody had been told
must be borne out by it, promise by promise, and nothing is half done."""
import os
import random
import shutil
import struct
import subprocess
import tempfile

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
PROGRAM = os.path.join(BUILD, "tests/crash/program")
TRACE = os.path.join(BUILD, "tests/crash/trace.so")
SECTOR, PAGE = 512, 4096


def read_trace(path):
    """[(type, durable, offset, bytes)]"""
    with open(path, "rb") as file:
        data = file.read()
    notes, at = [], 0
    while at < len(data):
        kind, durable, offset, length = struct.unpack_from(">cBQQ", data, at)
        at += 18
        notes.append((kind.decode(), durable, offset, data[at:at + length]))
        at += length
    return notes


class Images:
    """Images of the store of `who` (ward or district) for one seed."""

    def __init__(self, who, seed, writes=20):
        self.who, self.dice = who, random.Random(f"{who}-{seed}")
        self.work = tempfile.mkdtemp(prefix="wardsync-crash-")
        self.seen = set()
        subprocess.run([PROGRAM, "create", self.work], check=True)
        with open(os.path.join(self.work, who, "data.mdb"), "rb") as file:
            self.base = file.read()
        notes = os.path.join(self.work, "trace")
        # A sanitized program wants its runtime first.
        env = dict(os.environ, LD_PRELOAD=TRACE, CRASH_TRACE=notes,
                   CRASH_FILE=f"/{who}/data.mdb", ASAN_OPTIONS="verify_asan_link_order=0")
        subprocess.run([PROGRAM, who, self.work, str(writes)], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        self.notes = read_trace(notes)
        self.checker = subprocess.Popen([PROGRAM, "check"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def close(self):
        self.checker.stdin.close()
        self.checker.wait()
        shutil.rmtree(self.work, ignore_errors=True)

    def cut(self):
        """(image, {promise: how far somebody was told it goes}) of one random power cut."""
        end = self.dice.randrange(len(self.notes) + 1)
        image, pending, told = bytearray(self.base), [], {}
        for kind, durable, offset, data in self.notes[:end]:
            if kind == "A":
                told.update(promises(data.decode()))
            elif kind == "S":
                for write in pending:
                    put(image, *write)
                pending = []
            elif durable:
                put(image, offset, data)
            else:
                pending.append((offset, data))
        if end < len(self.notes) and self.notes[end][0] == "W":
            pending.append(self.notes[end][2:])  # it was under way
        grain = SECTOR if self.dice.random() < 0.5 else PAGE
        chance = self.dice.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for offset, data in pending:
            for at in range(0, len(data), grain):
                if self.dice.random() < chance:
                    put(image, offset + at, data[at:at + grain])
        return bytes(image), told

    def check(self):
        """One image: None when it is good or was seen, else what is wrong."""
        image, told = self.cut()
        mark = hash((image, *told.items()))
        if mark in self.seen:
            return None
        self.seen.add(mark)
        folder = os.path.join(self.work, "image")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        with open(os.path.join(folder, "data.mdb"), "wb") as file:
            file.write(image)
        self.checker.stdin.write(f"{self.who} {folder}\n")
        self.checker.stdin.flush()
        answer = self.checker.stdout.readline().strip()
        held = promises(answer)
        if not held:
            return f"image {len(self.seen)}: {answer or 'the program died'}"
        for promise, number in told.items():
            if held[promise] < number:
                return (f"image {len(self.seen)}: bears out {promise} {held[promise]}, "
                        f"{number} was told")
        return None


def promises(text):
    """{name: number} of "name number name number"; empty when it is something else."""
    words = text.split()
    if len(words) % 2 or not all(word.isdigit() for word in words[1::2]):
        return {}
    return dict(zip(words[::2], map(int, words[1::2])))


def put(image, offset, data):
    if len(image) < offset + len(data):
        image.extend(bytes(offset + len(data) - len(image)))
    image[offset:offset + len(data)] = data


def run(seed, tries, until=None):
    """(distinct images, what was wrong or None): half of the tries for each side."""
    count = 0
    for who in ("ward", "district"):
        images = Images(who, seed)
        try:
            for _ in range(tries // 2):
                wrong = images.check()
                if wrong:
                    return count + len(images.seen), f"{who}, seed {seed}: {wrong}"
                if until and until():
                    break
            count += len(images.seen)
        finally:
            images.close()
    return count, None
