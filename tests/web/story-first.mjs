// SPDX-License-Identifier: Apache-2.0
// From two machines with nothing on them to a record that the district holds, in browsers alone.
import { freePort } from "./world.mjs";

export const sets = ["all"];

const NARROW = 320;
const PASSWORD = "con mèo nhỏ";
const HELD_MS = 60_000;

async function looksWell(world, page, what) {
    const faults = await world.faultsOf(page);
    world.check(`${what}: axe-core finds nothing`, faults.length === 0, faults.join("\n"));
    await page.setViewportSize({ width: NARROW, height: 700 });
    const wide = await world.overflowOf(page);
    world.check(`${what}: nothing is wider than ${NARROW} px`, wide.length === 0, wide.join(" "));
    await page.setViewportSize({ width: 1280, height: 800 });
}

// Bốn bước, and the first log-in.
async function foundDistrict(world, office) {
    await office.goto("/");
    world.check("the first page of a district is the first step", office.url().endsWith("/setup"));
    await looksWell(world, office, "units");
    await office.click("text=Tiếp: xem cây đơn vị");
    await looksWell(world, office, "the tree");
    await office.click("text=Tiếp: biểu mẫu");
    await looksWell(world, office, "forms");
    await office.click("text=Tiếp: địa chỉ");
    await office.fill("#addresses", `tcp://127.0.0.1:${await freePort()}`);
    await looksWell(world, office, "addresses");
    await office.click("text=Tiếp: người quản trị");
    await looksWell(world, office, "the admin");
    await office.fill("#name", "Nguyễn Văn Quận");
    await office.fill("#pin", PASSWORD);
    await office.fill("#again", PASSWORD);
    await office.click("text=Tạo quận");
    await office.waitForURL("**/login?**");
    await office.fill("#person", "Nguyễn Văn Quận");
    await office.fill("#pin", PASSWORD);
    await office.click("main form button");
    await office.waitForSelector("text=Quận đã sẵn sàng");
    await looksWell(world, office, "what next at the district");
}

async function enrol(office) {
    await office.click("text=Kết nạp máy của từng phường");
    await office.selectOption("#unit", { label: "Bồ Đề" });
    await office.fill("#name", "máy tính Bồ Đề");
    await office.click("main form button:not([name])");
    return (await office.inputValue("#invite")).trim();
}

export default async function (world) {
    const office = await world.person(await world.serve("district", "district"));
    await foundDistrict(world, office);
    const invite = await enrol(office);
    world.check("the district's page gives an invite", /^wardsync-invite-1:/.test(invite), invite);
    const clerk = await world.person(await world.serve("ward", "desk"));
    await clerk.goto("/records");
    world.check("the first page of a ward asks for it", clerk.url().endsWith("/setup"));
    await looksWell(world, clerk, "the invite");
    await clerk.fill("#invite", `${invite.slice(0, 50)}x`);
    await clerk.click("text=Nối với quận");
    await looksWell(world, clerk, "a wrong invite");
    world.check("a wrong one is told, and stays to be set right",
        (await clerk.inputValue("#invite")).startsWith(invite.slice(0, 50)) &&
        /thư mời|lời mời/i.test(await clerk.innerText("#fault")),
        await clerk.innerText("#fault"));
    await clerk.fill("#invite", `${invite.slice(0, 50)}\n ${invite.slice(50)}`);
    await clerk.click("text=Nối với quận");
    await clerk.waitForURL("**/setup/done");
    await looksWell(world, clerk, "what next at the ward");
    world.check("the device knows its ward", /Bồ Đề/.test(await clerk.innerText("#unit")));
    await clerk.click("text=Nhập bản ghi đầu tiên");
    await clerk.goto("/new/cleanup");
    await clerk.fill("#f-participants", "27");
    await clerk.selectOption("#f-unit", { index: 1 });
    await clerk.click("main form button:not([name])");
    await clerk.waitForURL("**/records/**");
    await clerk.goto("/");
    await clerk.waitForFunction(
        () => /Quận đã nhận đến/i.test(document.querySelector("#state").textContent),
        null, { timeout: HELD_MS });
    world.check("and without a reload the page says that the district holds it",
        /không còn gì chờ gửi/.test(await clerk.innerText("#state")),
        await clerk.innerText("#state"));
}
