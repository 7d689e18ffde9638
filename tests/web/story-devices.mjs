// SPDX-License-Identifier: Apache-2.0
// The office invites a device, asks it for new keys, suspends it, lets it back and revokes it, all
// by page; the ward sees each, and the log names who did it.
import { ADMIN, dayBefore, firstAdmin } from "./stock.mjs";

export const sets = ["all"];

async function invite(world, page, name) {
    await page.click("main >> text=Mời một máy");
    await page.selectOption("#unit", { label: "Bồ Đề" });
    await page.fill("#name", name);
    await page.click("text=Tạo thư mời");
    const text = (await page.inputValue("#invite")).trim();
    const box = await page.locator("main svg.qr").boundingBox();
    world.check("the invite is shown, and as a QR code", /^\S{40,}$/.test(text) &&
        box.width > 150 && box.height === box.width, JSON.stringify(box));
    await page.goto(page.url());
    world.check("and never again", !(await page.content()).includes(text));
    await page.goto("/admin/devices");
    world.check("not on the page of invites that wait either",
        !(await page.content()).includes(text));
    return text;
}

// One of the acts, on the page that says what it will do.
async function act(page, name, label, typed) {
    await page.goto("/admin/devices");
    await page.click(`main table >> text="${name}"`);
    await page.click(`main .actions >> text=${label}`);
    if (typed) {
        await page.fill("#name", typed);
    }
    await page.click("main form button");
    await page.waitForLoadState();
    return page.innerText("main");
}

// What the desk says after it was told to sync.
async function sync(page) {
    await page.goto("/sync");
    await page.click("main >> text=Đồng bộ ngay");
    await page.waitForLoadState();
    return page.innerText("body");
}

async function fingerprint(page) {
    await page.goto("/settings");
    return page.innerText("main dt:has-text('khóa của máy') + dd");
}

function add(world, participants) {
    world.run("ward", "desk", "add", "cleanup", `date=${dayBefore(0)}`, "unit=Tổ dân phố 1",
        `participants=${participants}`);
}

function counted(world) {
    return world.run("district", "district", "records", "--json").split("\n").filter(Boolean).length;
}

async function keys(world, office, desk) {
    const before = await fingerprint(desk);
    const asked = await act(office, "may-1", "Yêu cầu khóa mới");
    world.check("asked for new keys, said", /đã được yêu cầu tạo khóa mới/.test(asked), asked);
    await sync(desk);
    const after = await fingerprint(desk);
    world.check("the ward made them by itself", before !== after && /^\w{4}-/.test(after),
        `${before} ${after}`);
    await office.goto("/admin/devices");
    await office.click("main table >> text=\"may-1\"");
    world.check("the office has the same fingerprint",
        (await office.innerText("main")).includes(after), after);
}

async function suspended(world, office, desk) {
    await act(office, "may-1", "Tạm ngừng");
    add(world, 11);
    const before = counted(world);
    const told = await sync(desk);
    world.check("suspended: the desk says so, and that work is kept", /tạm ngừng/i.test(told) &&
        /1 bản ghi chờ gửi/.test(told) && counted(world) === before, told);
    await act(office, "may-1", "Cho dùng lại");
    const again = await sync(desk);
    world.check("resumed: what waited is counted", counted(world) === before + 1 &&
        /không còn gì chờ gửi/.test(again), again);
}

async function revoked(world, office, desk) {
    const refused = await act(office, "may-1", "Thu hồi hẳn", "may-2");
    world.check("another name revokes nothing", /Tên không khớp/.test(refused), refused);
    await act(office, "may-1", "Thu hồi hẳn", "may-1");
    add(world, 12);
    const before = counted(world);
    const told = await sync(desk);
    world.check("revoked: the desk says so, and what is entered stays there",
        /thu hồi/i.test(told) && /1 bản ghi chờ gửi/.test(told) && counted(world) === before, told);
}

export default async function (world) {
    await world.makeDistrict();
    const office = await world.person(await world.serve("district", "district"));
    await firstAdmin(office, "/admin/devices");
    world.run("ward", "desk", "join", await invite(world, office, "may-1"));
    const desk = await world.person(await world.serve("ward", "desk"));
    add(world, 10);
    await keys(world, office, desk);
    await suspended(world, office, desk);
    await revoked(world, office, desk);
    await office.goto("/admin/log");
    const rows = await office.$$eval("main tbody tr", (all) => all.map((row) => row.innerText));
    for (const [word, what] of [["thư mời", "the invite"], ["yêu cầu", "the new keys"],
        ["tạm ngừng", "the suspension"], ["dùng lại", "the return"], ["thu hồi", "the revocation"]]) {
        world.check(`the log names who did it: ${what}`, rows.some((row) =>
            row.toLowerCase().includes(word) && row.includes(ADMIN)), rows.slice(0, 12).join("\n"));
    }
}
