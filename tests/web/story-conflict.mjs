// SPDX-License-Identifier: Apache-2.0
// Two machines of a ward change one field while neither hears of the other; a clerk sees both
// values side by side and decides, and the office counts what was decided.
import { dayBefore } from "./stock.mjs";

export const sets = ["all"];

function participants(world) {
    const rows = world.run("district", "district", "totals", "cleanup", "--json").trim()
        .split("\n").map((row) => JSON.parse(row));
    return JSON.stringify(rows);
}

async function edit(page, id, value) {
    await page.goto(`/edit/${id}`);
    await page.fill("#f-participants", value);
    await page.click("main form button:not([name])");
    await page.waitForURL("**/records/**");
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("one", "Bồ Đề");
    world.join("two", "Bồ Đề");
    const id = world.run("ward", "one", "add", "cleanup", `date=${dayBefore(0)}`,
        "unit=Tổ dân phố 1", "participants=25").trim();
    world.run("ward", "one", "sync");
    world.run("ward", "two", "sync");
    await world.stop("district");
    const first = await world.person(await world.serve("ward", "one"));
    const second = await world.person(await world.serve("ward", "two"));
    await edit(first, id, "30");
    await edit(second, id, "52");
    await world.serve("district", "district");
    world.runWith({ codes: [0, 75] }, "ward", "two", "sync");
    world.runWith({ codes: [0, 75] }, "ward", "one", "sync");
    await first.goto("/conflicts");
    const choices = await first.$$eval("main fieldset label", (labels) =>
        labels.map((label) => label.textContent));
    world.check("both values stand side by side, with when and which device",
        choices.length === 2 && choices.some((text) => /30/.test(text)) &&
        choices.some((text) => /52/.test(text)) &&
        choices.every((text) => /\d\d:\d\d/.test(text)), choices.join("\n"));
    world.check("one of them is the one that counts until then",
        await first.isChecked("main fieldset input >> nth=0") !==
        await first.isChecked("main fieldset input >> nth=1"));
    await world.photograph("open", first);
    await first.check(`main fieldset label:has-text("30") input`);
    await first.click("main form button:not([name])");
    await first.waitForLoadState();
    await first.goto("/conflicts");
    world.check("decided, there is no conflict any more",
        (await first.$$("main fieldset")).length === 0);
    world.runWith({ codes: [0, 75] }, "ward", "one", "sync");
    const totals = participants(world);
    world.check("the office counts what was decided", /\b30\b/.test(totals) &&
        !/\b52\b/.test(totals), totals);
}
