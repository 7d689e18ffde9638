// SPDX-License-Identifier: Apache-2.0
// The pictures of the README: tests/web/run shots makes them smaller and puts them into
// docs/pictures.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fill } from "./stock.mjs";
import { SHOTS } from "./world.mjs";

export const sets = ["shots"];

const SIZE = { width: 1000, height: 720 };
const PAGES = {
    "desk-today": ["desk", "/"],
    "desk-entry": ["desk", "/new/cleanup"],
    "desk-conflict": ["desk", "/conflicts"],
    "dashboard-overview": ["dashboard", "/"],
    "dashboard-totals": ["dashboard", "/totals"],
    "dashboard-map": ["dashboard", "/map?by=month"],
};
const ADMIN = "Trần Văn Quản", SECRET = "một cụm từ đủ dài";

// Somebody who has logged in, so that no page says that nobody can.
async function enter(world, address, program, who) {
    const page = await world.person(address, SIZE);
    await page.goto("/login");
    if (program === "ward") {
        await page.selectOption("#person", { label: who });
    } else {
        await page.fill("#person", who);
    }
    await page.fill("#pin", SECRET);
    await page.click("main form button");
    await page.waitForURL(`${address}/`);
    return page;
}

export default async function (world) {
    const office = await fill(world);
    for (const [program, data] of [["ward", "bo-de"], ["district", "district"]]) {
        world.runWith({ input: `${SECRET}\n` }, program, data, "staff", "add", ADMIN, "--role", "admin",
            "--passphrase-file=-");
    }
    const pages = {
        desk: await enter(world, await world.serve("ward", "bo-de"), "ward", ADMIN),
        dashboard: await enter(world, office, "district", ADMIN),
    };
    mkdirSync(join(SHOTS, "pictures"), { recursive: true });
    for (const [name, [place, path]] of Object.entries(PAGES)) {
        await pages[place].goto(path);
        await pages[place].screenshot({ path: join(SHOTS, "pictures", `${name}.png`) });
    }
    world.check("six pictures are taken", true);
}
