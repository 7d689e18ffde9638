# SPDX-License-Identifier: Apache-2.0
"""full.py: a district in whose two weeks every residential group reported every duty on every
day, and every ward besides said of each that there is nothing; for tests/bench/web."""
import concurrent.futures
import csv
import datetime
import os
import tempfile

import rig

FORMS = "server/campaign/forms"
UNITS = "server/campaign/units.csv"
AT_ONCE = 2


def rows_of(*parts):
    with open(os.path.join(FORMS, *parts), encoding="utf-8") as file:
        return list(csv.DictReader(file))


def wards():
    with open(UNITS, encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["level"] == "ward"]


def units(path, groups):
    """The campaign's wards, each with so many groups."""
    with open(UNITS, encoding="utf-8") as file:
        kept = [line for line in file if ",group," not in line]
    for ward in wards():
        kept += [f"{int(ward['id']) * 1000 + n},group,,Tổ dân phố {n},{ward['id']},,\n"
                 for n in range(1, groups + 1)]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(kept)


def value(field, choices, day, unit):
    kind = field["type"].split()[0]
    if field["name"] == "date":
        return day
    first = next((row["name"] for row in choices if row["list_name"] == field["type"][11:]), "")
    return {"unit": unit, "integer": 7, "decimal": "1.5", "select_one": first,
            "text": "Ngõ 12" if field["required"] else ""}.get(kind, "")


def table(path, form, days, groups):
    """Every group on every day; of what has no unit each choice on every day."""
    fields = rows_of(form, "survey.csv")
    choices = rows_of(form, "choices.csv") if os.path.exists(f"{FORMS}/{form}/choices.csv") else []
    names = [field["name"] for field in fields]
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        for day in days:
            if "unit" in names:
                out.writerows([value(field, choices, day, f"Tổ dân phố {n}") for field in fields]
                              for n in range(1, groups + 1))
            else:
                out.writerows([{"date": day, "duty": row["name"]}.get(name, "") for name in names]
                              for row in choices)


def fill(world, ward, tables):
    name = f"full{ward['id']}"
    world.join(name, ward["name"])
    for form, path in tables.items():
        world.ward(name, "import", path, "--form", form, "--findings", path + ".said." + name)
    while world.try_run("ward", name, "sync").returncode != 0:
        pass


def make(groups, today):
    """The offices; the district does not serve."""
    monday = today - datetime.timedelta(days=today.weekday() + 7)
    days = [monday + datetime.timedelta(days=n) for n in range(14)]
    path = os.path.join(tempfile.gettempdir(), f"wardsync-full-{os.getpid()}.csv")
    units(path, groups)
    world = rig.Rig(units=path)
    os.remove(path)
    try:
        tables = {form: world.path(f"{form}.csv") for form in sorted(os.listdir(FORMS))}
        for form, path in tables.items():
            table(path, form, days, groups)
        world.start()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda ward: fill(world, ward, tables), wards()))
        world.stop()
    except BaseException:
        world.close()
        raise
    return world
