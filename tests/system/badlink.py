# SPDX-License-Identifier: Apache-2.0
"""badlink.py: the link emulator for tests and the bench: build/badlink with its orders."""
import json
import os
import select
import subprocess
import time

import rig

PROGRAM = os.path.join(rig.BUILD, "badlink")
NOT_HERE = (69, 77)  # no TUN device, no namespaces
PATIENCE_S = 60


class NotHere(Exception):
    """This system does not let us; the text says why."""


class Link:
    """A running badlink: `a` and `b` run commands in its two namespaces."""

    def __init__(self, *options):
        self.process = subprocess.Popen([PROGRAM, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        line = self.process.stdout.readline()
        if not line:
            why = self.process.stderr.read().strip()
            if self.process.wait() in NOT_HERE:
                raise NotHere(why)
            raise AssertionError(why)
        self.ready = json.loads(line)

    def order(self, word):
        """Gives an order and answers the counters it was answered with."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def address(self, side):
        return self.ready[side]["address"]

    def words(self, side, command):
        return [*self.ready[side]["enter"], *command]

    def start(self, side, command, **more):
        return subprocess.Popen(self.words(side, command), **more)

    def run(self, side, command, **more):
        return subprocess.run(self.words(side, command), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)

    def settled(self):
        """The counters once nothing is on its way."""
        end = time.monotonic() + PATIENCE_S
        while True:
            stats = self.order("stats")
            ways = [stats["a_to_b"], stats["b_to_a"]]
            if all(way["sent"]["packets"] == way["delivered"]["packets"] + way["lost"]["packets"]
                   for way in ways) or time.monotonic() > end:
                return stats
            select.select([], [], [], 0.05)

    def close(self):
        """Ends it and answers its exit code."""
        if self.process.poll() is None:
            self.process.stdin.close()
        try:
            return self.process.wait(timeout=PATIENCE_S)
        finally:
            self.process.stdout.close()
            self.process.stderr.close()
