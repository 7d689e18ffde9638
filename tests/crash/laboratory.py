# SPDX-License-Identifier: Apache-2.0
"""laboratory.py: traces of offices at work, and the power cuts that are played from them (lab.c)."""
import os
import random
import re
import shutil
import subprocess

import offices

BUILD = offices.BUILD
LAB = os.path.join(BUILD, "tests/crash/lab")
FOUND = os.path.join(BUILD, "crash-found")  # what a finding is replayed from
TRACE_IMAGES = 10000  # then another trace has more to tell
NO_LINE = 69  # a command that found no district


class Result:
    """What the laboratory said: distinct images, cuts, violations, and its lines."""

    def __init__(self, text):
        end = re.search(r"(\d+) images of (\d+) cuts, (\d+) violations", text)
        self.images, self.cuts, self.violations = (map(int, end.groups()) if end else (0, 0, 1))
        self.text = text.strip()

    def __str__(self):
        return self.text


class Laboratory:
    """One trace of a life and what can be made of it."""

    def __init__(self, seed, rounds=12, lie=None):
        self.seed = seed
        self.work = offices.scratch()
        self.offices = offices.Offices(self.work, more={"CRASH_LIE": lie} if lie else None)
        offices.live(self.offices, random.Random(seed), rounds)

    def close(self):
        self.offices.close()

    def lab(self, mode, *words, work=None):
        done = subprocess.run([LAB, mode, work or self.work, *map(str, words)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout

    def writes(self):
        """How many of each program: {machine's kind: writes}."""
        return sum(line[7:8] == "W" for line in self.lab("list").splitlines())

    def keep(self, work):
        """Keeps the folder of a finding; where it is."""
        shutil.rmtree(FOUND, ignore_errors=True)
        shutil.copytree(work, FOUND)
        return os.path.relpath(FOUND)

    def judge(self, text, work=None):
        """A result; a finding is kept with the line that replays it."""
        result = Result(text)
        number = re.search(r"(all|none|sample) (\d+)\b", text)
        if result.violations and number:
            kept = self.keep(work or self.work)
            seed = self.seed if number.group(1) == "sample" else number.group(1)
            result.text += f"\nreplay: {os.path.relpath(LAB)} one {kept} {seed} " \
                           f"{number.group(2)} {kept}/image"
        return result

    def prefixes(self):
        return self.judge(self.lab("prefixes"))

    def samples(self, count):
        return self.judge(self.lab("samples", self.seed, count))

    def recoveries(self, count, images):
        """Power fails again while the programs recover from a cut: (images, what was wrong)."""
        total = 0
        for number in range(1, count + 1):
            again = os.path.join(self.work, "again")
            machine = self.lab("again", self.seed, number, again).split(",")[0]
            shutil.copy(os.path.join(self.work, machine), again)
            codes = recover(again, machine)
            text = self.lab("samples", self.seed, images, work=again)
            if "nothing was written" in text and codes[0] == NO_LINE:
                continue  # all of it was here, and there is no district to join today
            result = self.judge(text, again)
            total += result.images
            if result.violations:
                return total, str(result)
        return total, None


def recover(work, machine):
    """The next morning on the machine: creation again and some work, traced; the exit codes."""
    there = offices.Offices(work)
    with open(os.path.join(work, machine), encoding="utf-8") as file:
        return [subprocess.run(line.rstrip("\n").split("\t")[1:], env=there.env(machine),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=offices.WAIT_S).returncode
                for line in file]


def run(seed, images, until=None):
    """(distinct images, what was wrong or None) of as many traces as it takes."""
    done = 0
    while done < images and not (until and until()):
        laboratory = Laboratory(seed)
        try:
            result = laboratory.prefixes() if done == 0 else laboratory.samples(
                min(TRACE_IMAGES, images - done))
        finally:
            laboratory.close()
        done += result.images
        if result.violations:
            return done, f"seed {seed}: {result}"
        seed += 1
    return done, None
