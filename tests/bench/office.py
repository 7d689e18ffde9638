# SPDX-License-Identifier: Apache-2.0
"""office.py: a district and a ward at the two ends of a bad link, for tests/bench/link.

One pair is made once; every run has a copy of it, and namespaces of its own, so that many runs
go on side by side on the same addresses."""
import functools
import importlib.machinery
import json
import os
import select
import shutil
import subprocess
import tempfile
import threading
import time

import badlink
import rig

UNITS = "server/campaign/units.csv"
FORMS = "tests/bench/form"
CAMPAIGN = "server/campaign/forms"
FORM = "record"
ADDRESS = "tcp://10.77.0.1:7000"
WARD = "Bồ Đề"
VALUE_BYTES = 250
PHOTO_FORM, PHOTO_FIELD = "cleanup", "photo_before"
STREETS = ["Lâm Du", "Ngọc Lâm", "Bồ Đề", "Ái Mộ", "Hồng Tiến", "Phú Viên", "Nguyễn Văn Cừ"]
TEAMS = ["Hội Phụ nữ", "Đoàn Thanh niên", "Hội Cựu chiến binh", "Hội Người cao tuổi",
         "Công an phường", "Tổ tự quản", "Mặt trận Tổ quốc"]
make_sample = importlib.machinery.SourceFileLoader("make_sample",
                                                   "tools/make-sample").load_module()


@functools.lru_cache(None)
def choices(column):
    """The names of a list of choices of the form."""
    with open(f"{FORMS}/{FORM}/choices.csv", encoding="utf-8") as file:
        rows = [line.split(",") for line in file.read().splitlines()[1:]]
    return [row[1] for row in rows if row[0] == column]


def record(dice):
    """One row of the form with some 250 bytes of values, in the words of the sample."""
    place = f"{dice.one(make_sample.PLACES)}, ngõ {dice.between(1, 320)} phố {dice.one(STREETS)}"
    team = f"{dice.one(TEAMS)}, {dice.one(TEAMS)}"
    phrases = [p for p in make_sample.NOTES + make_sample.TOPICS + make_sample.CLEAN +
               make_sample.UNCLEAN if p]
    left = VALUE_BYTES - 14 - len((place + team).encode())  # 14: what the numbers take
    note = ""
    while len(note.encode()) < left:
        note += (", " if note else "") + dice.one(phrases)
        if dice.percent(30):
            note += f" ({dice.between(2, 40)} hộ)"
    note = note.encode()[:left].decode("utf-8", "ignore").rstrip(" ,(")
    return [f"{dice.between(1, 28):02}/{dice.between(1, 12):02}/2022",
            f"Tổ dân phố {dice.between(1, 3)}", dice.between(10, 160), dice.between(0, 40),
            dice.between(4, 40) * 25, dice.between(60, 9000) / 10, dice.between(0, 5),
            dice.one(choices("weather")), dice.one(choices("work")), place, team, note]


def write_table(path, rows, seed):
    dice = make_sample.Dice(seed)
    with open(path, "w", encoding="utf-8") as out:
        out.write("date,unit,participants,volunteers,street_m,waste_kg,spots,weather,work,place,"
                  "team,note\n")
        for _ in range(rows):
            out.write(",".join(f'"{word}"' for word in record(dice)) + "\n")


def photo(seed, size):
    """A JPEG that no compressor makes smaller."""
    def segment(mark, data):
        return bytes([255, mark]) + (len(data) + 2).to_bytes(2, "big") + data
    dice = make_sample.Dice(seed)
    scan = bytes(dice.below(255) for _ in range(size))
    return (b"\xff\xd8" + segment(0xC0, b"\x08\x03\x84\x04\xb0\1\1\x11\0") +
            segment(0xDA, b"\1\1\0\0\x3f\0") + scan.replace(b"\xff", b"\x7f") +
            b"\xff\xd9")


def takes_photos():
    """Does a form of the campaign ask for one?"""
    with open(f"{CAMPAIGN}/{PHOTO_FORM}/survey.csv", encoding="utf-8") as file:
        return f",{PHOTO_FIELD}," in file.read()


class Office:
    """A folder with `district`, `w` (the ward) and what guards them from old copies."""

    def __init__(self, folder):
        self.folder = folder
        self.link = self.server = self.agent = None
        self.env = dict(os.environ, WARDSYNC_STATE=os.path.join(folder, "state"))

    def command(self, program, data, *arguments):
        return [os.path.join(rig.BUILD, program), arguments[0], "--data-dir",
                os.path.join(self.folder, data), "--lang", "en", *arguments[1:]]

    def try_run(self, side, program, data, *arguments):
        return self.link.run(side, self.command(program, data, *arguments), env=self.env)

    def run(self, side, program, data, *arguments, ok=(0,)):
        done = self.try_run(side, program, data, *arguments)
        if done.returncode not in ok:
            raise AssertionError(f"{program} {' '.join(arguments)} answered {done.returncode}: "
                                 f"{done.stderr}")
        return done.stdout

    def district(self, *arguments):
        return self.run("a", "district", "district", *arguments)

    def ward(self, *arguments, ok=(0,)):
        return self.run("b", "ward", "w", *arguments, ok=ok)

    def photo_bytes(self, data):
        """How many bytes of whole photos lie in a data directory."""
        return sum(os.path.getsize(os.path.join(folder, name))
                   for folder, _, names in os.walk(os.path.join(self.folder, data, "blobs"))
                   for name in names if not name.endswith(".part"))

    def status(self):
        return json.loads(self.ward("status", "--json").splitlines()[0])

    def follow(self, side, command, words):
        """Starts a program that runs on; it has said `words`, what it says then is thrown away."""
        process = self.link.start(side, command, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  env=self.env)
        for line in process.stderr:
            if words in line:
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return process
        raise AssertionError(f"{command[:2]} does not start")

    def open(self, *options):
        """Both ends of a link, the district serving."""
        self.link = badlink.Link(*options)
        self.server = self.follow("a", self.command("district", "district", "serve"),
                                  "serves at")
        return self.link.order("reset")

    def serve(self):
        self.agent = self.follow("b", self.command("ward", "w", "serve"), "is running")

    def close(self):
        for process in (self.agent, self.server):
            if process and process.poll() is None:
                process.terminate()
                process.wait(timeout=60)
        if self.link:
            self.link.close()
        self.link = self.server = self.agent = None


class Offices:
    """Makes copies of a pair with so many records waiting at the ward, and `photos` beside."""

    def __init__(self, photos=0, photo_bytes=0):
        self.photos, self.photo_bytes = photos, photo_bytes
        self.work = tempfile.mkdtemp(prefix="wardsync-link-")
        self.lock = threading.Lock()
        self.made = {}
        self.count = 0

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def found(self):
        """The pair with nothing to do: every form is there, and the ward's log has begun."""
        office = Office(self.path("pair"))
        os.mkdir(office.folder)
        office.link = badlink.Link()
        forms = self.path("forms")
        shutil.copytree(FORMS, forms)
        if self.photos:
            shutil.copytree(f"{CAMPAIGN}/{PHOTO_FORM}", f"{forms}/{PHOTO_FORM}")
        office.run("a", "district", "district", "init", "--units", UNITS, "--forms", forms,
                   "--address", ADDRESS)
        office.server = office.follow("a", office.command("district", "district", "serve"),
                                      "serves at")
        invite = office.district("enrol", "--unit", WARD, "--name", "w").strip()
        office.run("a", "ward", "w", "join", invite)
        office.ward("sync")
        self.fill(office, 3)
        office.ward("sync")
        office.ward("sync")  # and what was to be asked about them
        office.close()
        return office.folder

    def fill(self, office, records):
        """Writes so many records at the ward."""
        table = self.path(f"{records}.csv")
        write_table(table, records, 20220000 + records)
        subprocess.run(office.command("ward", "w", "import", table, "--form", FORM, "--quiet"),
                       env=office.env, check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)

    def add_photos(self, office):
        for i in range(self.photos):
            path = self.path("photo.jpg")
            with open(path, "wb") as file:
                file.write(photo(i, self.photo_bytes))
            subprocess.run(office.command("ward", "w", "add", PHOTO_FORM, "date=16/04/2022",
                                          "unit=Tổ dân phố 1", "participants=25",
                                          f"{PHOTO_FIELD}={path}", "--quiet"),
                           env=office.env, check=True, stdout=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL)

    def source(self, records):
        """The folder of the pair with so many records waiting; made when first asked for."""
        with self.lock:
            if 0 not in self.made:
                self.made[0] = self.found()
            if records not in self.made:
                office = Office(self.path(f"pair-{records}"))
                shutil.copytree(self.made[0], office.folder)
                self.fill(office, records)
                self.add_photos(office)
                self.made[records] = office.folder
            self.count += 1
            return self.made[records], self.path(f"run-{self.count}")

    def copy(self, records):
        source, folder = self.source(records)
        shutil.copytree(source, folder)
        return Office(folder)


def wait(condition, patience_s, pause_s=0.5):
    """Whether it came true in time."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            return False
        select.select([], [], [], pause_s)
    return True
