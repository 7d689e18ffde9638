# SPDX-License-Identifier: Apache-2.0
"""killing.py: rounds in which wards and the district are killed at random moments of a sync.

Each round adds records, syncs several wards at once, kills whom the dice choose, and then asks:
do all stores open, does no side believe more than is true?  At the end everybody syncs in peace
and every record ever acknowledged on the command line is at the district once.  The same seed
kills at the same delays; what happens in between is the machine's."""
import os
import random
import signal
import subprocess

import rig

WARDS = ("first", "second", "third")
GROUPS = {"first": 901, "second": 901, "third": 601}  # units of the campaign


class Killing:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.world = rig.Rig()
        self.world.start()
        for name, unit in zip(WARDS, ("bo de", "bo de", "gia thuy")):
            self.world.join(name, unit)
        self.acknowledged = 0  # records that `ward add` or an import said it had saved
        self.sum = 0
        self.kills = 0
        self.number = 0

    def close(self):
        self.world.close()

    def spawn(self, program, ward, *arguments):
        return subprocess.Popen([os.path.join(rig.BUILD, program), arguments[0], "--data-dir",
                                 self.world.path(ward), *arguments[1:]],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)

    def kill_after(self, process, seconds):
        """Lets it run for a while, then kills it; true when it was still at work."""
        try:
            process.wait(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.kills += 1
            return True

    def enter(self, ward):
        """Some records by an import, which may be killed: run again, it goes on."""
        rows = self.dice.randint(20, 400)
        path = self.world.path(f"{ward}-{self.number}.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("date,unit,participants,note\n")
            for i in range(rows):
                value = self.dice.randint(0, 90)
                self.sum += value
                file.write(f"2022-05-{1 + i % 28:02d},{GROUPS[ward]},{value},"
                           f"r{self.number}-{i}\n")
        self.acknowledged += rows
        command = ("import", path, "--form", "cleanup", "--findings", self.world.path("f.csv"))
        if self.dice.random() < 0.5:
            self.kill_after(self.spawn("ward", ward, *command), self.dice.uniform(0.001, 0.03))
        self.world.ward(ward, *command)

    def round(self):
        self.number += 1
        for ward in WARDS:
            if self.dice.random() < 0.6:
                self.enter(ward)
        syncs = [self.spawn("ward", ward, "sync") for ward in WARDS]
        if self.dice.random() < 0.6:
            self.kill_after(syncs[0], self.dice.uniform(0.005, 0.12))
            self.world.server.send_signal(signal.SIGKILL)
            self.world.server.wait()
            self.kills += 1
            for sync in syncs[1:]:
                self.kill_after(sync, self.dice.uniform(0.0, 0.05))
            self.world.start()
        else:
            for sync in syncs:
                self.kill_after(sync, self.dice.uniform(0.005, 0.15))
        return self.check()

    def check(self):
        """What must hold after every round; None or what does not."""
        for ward in WARDS:
            status = self.world.rows(self.world.ward(ward, "status", "--json"))[0]
            if status["held"] > status["saved"]:
                return f"{ward} believes {status['held']} of {status['saved']} held"
        return None

    def end(self):
        """Peace: everything arrives once."""
        for _ in range(2):
            for ward in WARDS:
                self.world.ward(ward, "sync")
        rows = self.world.rows(self.world.district("totals", "cleanup", "--by", "all", "--json"))
        records = sum(row["_records"] for row in rows)
        total = sum(int(row["participants"]) for row in rows)
        if (records, total) != (self.acknowledged, self.sum):
            return (f"{records} records with {total} participants, "
                    f"{self.acknowledged} with {self.sum} were saved")
        for ward in WARDS:
            status = self.world.rows(self.world.ward(ward, "status", "--json"))[0]
            if status["to_send"] != 0:
                return f"{ward} believes that {status['to_send']} changes are missing"
        return None


def run(seed, rounds, until=None):
    """(rounds done, kills, what was wrong or None)."""
    killing = Killing(seed)
    try:
        for number in range(rounds):
            wrong = killing.round()
            if wrong:
                return number + 1, killing.kills, f"seed {seed}, round {number + 1}: {wrong}"
            if until and until():
                rounds = number + 1
                break
        wrong = killing.end()
        return rounds, killing.kills, f"seed {seed}: {wrong}" if wrong else None
    finally:
        killing.close()
