// SPDX-License-Identifier: Apache-2.0
// Pages stay what they would be if they were loaded now: without reload, without losing what
// somebody types, and with a line that says when the program is gone.
import { dayBefore } from "./stock.mjs";

export const sets = ["all"];

const count = (page) => page.textContent("#state");

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    world.run("ward", "desk", "sync");
    await world.stop("district");
    const port = await world.serve("ward", "desk");
    const clerk = await world.person(port);
    await clerk.goto("/");
    await clerk.evaluate(() => { window.mark = 1; });
    const add = () => world.run("ward", "desk", "add", "cleanup", `date=${dayBefore(0)}`,
        "unit=Tổ dân phố 1", "participants=25");
    add();
    await clerk.waitForFunction(() => /1 bản ghi chờ gửi/.test(
        document.getElementById("state").textContent), null, { timeout: 20_000 });
    world.check("what was saved elsewhere shows without a reload",
        await clerk.evaluate(() => window.mark === 1), await count(clerk));
    await clerk.goto("/new/cleanup");
    await clerk.fill("#f-participants", "77");
    await clerk.evaluate(() => { window.mark = 2; });
    add();
    await clerk.waitForFunction(() => /2 bản ghi chờ gửi/.test(
        document.getElementById("state").textContent), null, { timeout: 20_000 });
    world.check("and what somebody types stays",
        await clerk.inputValue("#f-participants") === "77" &&
        await clerk.evaluate(() => window.mark === 2));
    await clerk.goto("/records");
    await world.stop("desk");
    await clerk.waitForFunction(() => /Mất liên lạc/.test(
        document.getElementById("state").textContent), null, { timeout: 20_000 });
    world.check("a program that is gone is told", true);
}
