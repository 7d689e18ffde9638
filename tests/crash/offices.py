# SPDX-License-Identifier: Apache-2.0
"""offices.py: a district and two wards at work, with every write of both programs in one trace.

Each machine has a disk of its own, a folder below ROOT that holds its data directory and its
canary; trace.c notes what happens there.  What is done is the life of an office in a minute:
creation, joining, records, imports, syncs, agents, new keys, restarts."""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
TRACE = os.path.join(BUILD, "tests/crash/trace.so")
FORMS = ("--units", "server/campaign/units.csv", "--forms", "server/campaign/forms")
UNITS = {"first": ("bo de", 901), "second": ("gia thuy", 601)}
WAIT_S = 120
RECORD = "date=16/04/2022"


def scratch():
    """A folder in memory where there is one: the disk that is played is not this one."""
    shm = "/dev/shm"
    return tempfile.mkdtemp(prefix="wardsync-crash-", dir=shm if os.access(shm, os.W_OK) else None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def note(kind, path, inode, content=b""):
    """A note of trace.c of what was before it: see note.h."""
    name = path.encode()
    return struct.pack("@BBHHHQQQ", ord(kind), 1, len(name), 0, 1, inode, 0,
                       len(content)) + name + content


def base(root, machine):
    """Notes that make what lies on the machine's disk, durable."""
    made, synced = [], []
    for folder, _folders, files in os.walk(os.path.join(root, machine)):
        inode = os.stat(folder).st_ino
        made.append(note("D", os.path.relpath(folder, root), inode))
        synced.append(note("S", "", inode))
        for name in files:
            path = os.path.join(folder, name)
            inode = os.stat(path).st_ino
            with open(path, "rb") as file:
                made += [note("C", os.path.relpath(path, root), inode),
                         note("W", "", inode, file.read())]
    return b"".join(made + synced)


class Offices:
    """District and wards below `work`; with `trace`, each is traced into work/trace."""

    def __init__(self, work, trace=True, more=None):
        self.work, self.root = work, os.path.join(work, "root")
        self.port = free_port()
        self.server = None
        self.more = more or {}
        self.trace = trace
        self.serial = 0
        os.makedirs(self.root, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def add_machine(self, name):
        os.makedirs(self.path(name))
        with open(os.path.join(self.work, "trace"), "ab") as file:
            file.write(note("D", name, os.stat(self.path(name)).st_ino))

    def env(self, machine, more=None):
        env = dict(os.environ, WARDSYNC_DATA=self.path(machine, "data"),
                   WARDSYNC_STATE=self.path(machine, "state"))
        if self.trace:
            # A sanitized program wants its runtime first.
            env.update(LD_PRELOAD=TRACE, CRASH_ROOT=self.root, CRASH_MACHINE=machine,
                       CRASH_TRACE=os.path.join(self.work, "trace"),
                       ASAN_OPTIONS="verify_asan_link_order=0")
        env.update(self.more)
        env.update(more or {})
        return env

    @staticmethod
    def command(machine, *words):
        program = "district" if machine == "district" else "ward"
        return [os.path.join(BUILD, program), words[0], "--lang", "en", *words[1:]]

    def attempt(self, machine, *words, more=None):
        return subprocess.run(self.command(machine, *words), env=self.env(machine, more),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=WAIT_S)

    def run(self, machine, *words, ok=(0,)):
        done = self.attempt(machine, *words)
        if done.returncode not in ok:
            raise AssertionError(f"{machine}: {' '.join(words)} answered {done.returncode}: "
                                 f"{done.stderr}")
        return done.stdout

    def spawn(self, machine, *words, more=None):
        return subprocess.Popen(self.command(machine, *words), env=self.env(machine, more),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def init(self, more=()):
        return ("init", *FORMS, "--address", f"tcp://127.0.0.1:{self.port}", *more)

    def serve(self, more=None):
        """Starts `district serve`; false when it ends before it serves."""
        self.server = subprocess.Popen(self.command("district", "serve"),
                                       env=self.env("district", more), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       text=True)
        line = self.server.stderr.readline()
        while line and "serves at" not in line:
            line = self.server.stderr.readline()
        self.listener = threading.Thread(target=self.server.stderr.read)  # the pipe must not fill
        self.listener.start()
        return bool(line)

    def stop(self, sign=signal.SIGTERM):
        if self.server:
            if self.server.poll() is None:
                self.server.send_signal(sign)
            self.server.wait(timeout=WAIT_S)
            self.listener.join()
            self.server.stderr.close()
            self.server = None

    def close(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.work, ignore_errors=True)

    # ---- work ----

    def invite(self, ward):
        return self.run("district", "enrol", "--unit", UNITS[ward][0], "--name", ward).strip()

    def add(self, ward, number):
        return self.run(ward, "add", "cleanup", RECORD, f"unit={UNITS[ward][1]}",
                        f"participants={number}", "note=tổng vệ sinh tuyến đường").strip()

    def table(self, ward, rows):
        """A table to import."""
        self.serial += 1
        path = os.path.join(self.work, f"table-{self.serial}.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("date,unit,participants,note\n")
            for i in range(rows):
                file.write(f"2022-05-{1 + i % 28:02d},{UNITS[ward][1]},{i},{self.serial}-{i}\n")
        return ("import", path, "--form", "cleanup", "--findings",
                os.path.join(self.work, "findings.csv"))

    def status(self, ward):
        text = self.run(ward, "status", "--json")
        return {name: int(value) for name, value in re.findall(r'"(\w+)":(\d+)', text)}

    def agent(self, ward):
        """An agent at work until all was handed in."""
        agent = self.spawn(ward, "serve")
        try:
            for _ in range(4000):  # each look takes some milliseconds
                if self.status(ward)["to_send"] == 0:
                    return
            raise AssertionError(f"the agent of {ward} does not hand in what it has")
        finally:
            agent.terminate()
            agent.wait(timeout=WAIT_S)


def live(offices, dice, rounds=12):
    """The whole life, with what the laboratory must know of it beside the trace."""
    invites = {}
    for machine in ("district", *UNITS):
        offices.add_machine(machine)
    offices.run("district", *offices.init())
    for ward in UNITS:
        invites[ward] = offices.invite(ward)
        offices.run(ward, "join", invites[ward], ok=(69,))  # nobody serves yet
    tell(offices, invites)
    offices.serve()
    for ward in UNITS:
        offices.run(ward, "join", invites[ward])
    offices.run("first", "staff", "add", "Nguyễn Thị Mẫu")
    for number in range(rounds):
        work(offices, dice, number)
    offices.stop()
    offices.run("first", "keys", "rotate", "--offline")
    offices.serve()
    offices.run("second", "keys", "rotate")
    for number in range(rounds, rounds + 4):
        work(offices, dice, number)
    offices.stop()
    offices.run("district", "verify")


def work(offices, dice, number):
    """A round: records, an edit, a table, and hand-in by command or by an agent."""
    for ward in UNITS:
        record = offices.add(ward, number)
        if dice.random() < 0.7:
            offices.run(ward, "edit", record, f"participants={number + 1}")
        for _ in range(dice.randint(1, 2)):
            offices.add(ward, 2 * number)
    if number % 3 == 0:
        offices.run("first", *offices.table("first", dice.randint(10, 40)))
    offices.run("first", "sync")
    if number % 4 == 1:
        offices.agent("second")
    elif number == 0 or dice.random() < 0.8:
        offices.run("second", "sync")
    if number % 5 == 2:
        offices.stop()
        offices.serve()
    for ward in UNITS:
        offices.status(ward)


def tell(offices, invites):
    """Writes for each machine how its creation is done again, and how it goes on (check.h)."""
    commands = {"district": [(0, offices.init()),
                             (0, ("enrol", "--unit", "bo de", "--name", "another"))]}
    for ward, invite in invites.items():
        commands[ward] = [(69, ("join", invite)),
                          (0, ("add", "cleanup", RECORD, f"unit={UNITS[ward][1]}",
                               "participants=1"))]
    for machine, lines in commands.items():
        with open(os.path.join(offices.work, machine), "w", encoding="utf-8") as file:
            for code, words in lines:
                file.write("\t".join([str(code), *offices.command(machine, *words)]) + "\n")
