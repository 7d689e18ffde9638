# SPDX-License-Identifier: Apache-2.0
"""rig.py: real processes for the system tests: a district, wards, and TAP lines."""
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

PATIENCE_S = 120  # of who waits for a word that must come
SILENCE_S = 600  # without a check; tools/run-tests waits for longer, and cannot say where it stands
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))


class Rig:
    """A temporary folder with one district and any number of wards."""

    def __init__(self, units="server/campaign/units.csv", forms="server/campaign/forms",
                 port=None):
        self.work = tempfile.mkdtemp(prefix="wardsync-test-")
        self.server = None
        self.serving = []  # those with pages
        os.environ["WARDSYNC_STATE"] = self.path("state")  # the canaries of these machines
        self.district("init", "--units", units, "--forms", forms, "--address",
                      f"tcp://127.0.0.1:{port or free_port()}")

    def close(self):
        for process in self.serving + [self.server] * (self.server is not None):
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.work, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def port(self):
        """Where the district serves, as a word."""
        with open(self.path("district/site.conf"), encoding="utf-8") as file:
            return re.search(r"127\.0\.0\.1:(\d+)", file.read()).group(1)

    def run(self, program, data, *arguments, ok=(0,)):
        """Runs a command; its result must be one of `ok`."""
        done = self.try_run(program, data, *arguments)
        if done.returncode not in ok:
            raise AssertionError(f"{program} {' '.join(arguments)} answered {done.returncode}: "
                                 f"{done.stderr}")
        return done.stdout

    def try_run(self, program, data, *arguments, limit_s=300):
        command = [os.path.join(BUILD, program), arguments[0], "--data-dir", self.path(data),
                   "--lang", "en", *arguments[1:]]
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=limit_s)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{program} {' '.join(arguments)} had no end within {limit_s} s; "
                                 f"it said: {late.stderr}") from None

    def district(self, *arguments, ok=(0,)):
        return self.run("district", "district", *arguments, ok=ok)

    def ward(self, name, *arguments, ok=(0,)):
        return self.run("ward", name, *arguments, ok=ok)

    def rows(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def start(self, more=None, arguments=()):
        """Starts `district serve`, with `more` in its environment, and waits until it says that it
        serves."""
        self.server = subprocess.Popen(
            [os.path.join(BUILD, "district"), "serve", "--data-dir", self.path("district"),
             *arguments],
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            env=dict(os.environ, **(more or {})))
        if not any("serves at" in line for line in lines(self.server)):
            raise AssertionError("the district does not start")
        # What it says from here on is read at the end; the pipe holds some 64 KiB.
        os.set_blocking(self.server.stderr.fileno(), False)

    def pages(self, program, data):
        """Starts `serve` with pages; the port where they are, once they are there."""
        process = subprocess.Popen(
            [os.path.join(BUILD, program), "serve", "--data-dir", self.path(data), "--lang", "en",
             "--pages", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.serving.append(process)
        ready, port = False, 0
        for line in lines(process):
            ready = ready or re.search("serves at|is running|waiting-for-setup", line)
            began = re.search(r"event=pages-started .*address=127\.0\.0\.1:(\d+)", line)
            port = int(began.group(1)) if began else port
            if ready and port:
                os.set_blocking(process.stderr.fileno(), False)
                return port
        raise AssertionError(f"{program} does not start")

    def stop(self, sign=signal.SIGTERM):
        self.server.send_signal(sign)
        return self.server.wait(timeout=30)

    def join(self, name, unit):
        invite = self.district("enrol", "--unit", unit, "--name", name).strip()
        self.ward(name, "join", invite)


def lines(process):
    """What a process says, line by line, for so long as whoever waits for one of them waits: then
    it is killed, and there are no more."""
    late = threading.Timer(PATIENCE_S, process.kill)
    late.start()
    try:
        for line in process.stderr:
            yield line
    finally:
        late.cancel()


class Relay:
    """Carries bytes between wards and the district; holds what a ward sends beyond a bound."""

    def __init__(self, port, left=None):
        self.port, self.left = port, left
        self.held, self.goes_on = threading.Event(), threading.Event()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self.welcome, daemon=True).start()

    def welcome(self):
        while True:
            ward, _ = self.door.accept()
            there = socket.create_connection(("127.0.0.1", self.port))
            for pair in ((ward, there, True), (there, ward, False)):
                threading.Thread(target=self.carry, args=pair, daemon=True).start()

    def let_go(self):
        self.left = None
        self.goes_on.set()

    def carry(self, source, target, upward):
        try:
            while data := source.recv(4096):
                if upward and self.left is not None:
                    self.left -= len(data)
                    if self.left < 0:
                        self.held.set()
                        self.goes_on.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # one of the two is gone: so is the line
            for end in (source, target):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def sanitized():
    """Do the programs watch themselves, which changes what they need of the system?"""
    with open(os.path.join(BUILD, "ward"), "rb") as file:
        return b"__asan_init" in file.read()


def has(program, package):
    """Is the program here, or can the package that brings it be installed?"""
    return shutil.which(program) is not None or subprocess.run(
        ["tools/install-deps", package], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0


def unscripted(page):
    """A page without the scripts that are the program's own: any that is left came from others."""
    return re.sub(r'<script type="module" src="/[a-z]+-[0-9a-f]{16}\.js"( data-[a-z]+="[^"<>]*")*>'
                  "</script>", "", page)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stands_still(*_):
    raise AssertionError(f"nothing was checked for {SILENCE_S} s; this is where it waits")


class Tap:
    """Counts and prints results; a failing check goes on with the next.  When none comes for long,
    whatever waits ends there."""

    def __init__(self):
        self.count = self.failed = 0
        signal.signal(signal.SIGALRM, stands_still)
        signal.alarm(SILENCE_S)

    def check(self, name, truth, detail=""):
        signal.alarm(SILENCE_S)
        self.count += 1
        self.failed += not truth
        print(f"{'ok' if truth else 'not ok'} {self.count} - {name}"
              f"{'' if truth else f': {detail}'}", flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def sealed(path):
    """What stands in the file, in memory, as the keeper gives it: nobody changes it any more."""
    fd = os.memfd_create("given", os.MFD_ALLOW_SEALING)
    with open(path, "rb") as file:
        os.write(fd, file.read())
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK |
                fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
