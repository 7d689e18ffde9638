// SPDX-License-Identifier: Apache-2.0
// A clerk's Saturday, from the desk being opened to "the district holds it", with the link down
// half of the time; the line on top says what is so at every step.
import { phonePhoto } from "./stock.mjs";

export const sets = ["all"];

const SAVE = "main form button:not([name])";
const SHORT_MS = 60_000;

const line = (page) => page.innerText("#state");

// Does the line come to say it?  The page keeps itself up to date.
async function says(world, page, what, wanted) {
    await page.waitForFunction((source) => new RegExp(source).test(
        document.getElementById("state").innerText), wanted.source, { timeout: SHORT_MS })
        .catch(() => {});
    const told = await line(page);
    world.check(what, wanted.test(told), told);
}

async function down(world) {
    await world.stop("district");
}

async function up(world) {
    await world.serve("district", "district");
}

async function syncNow(page) {
    await page.goto("/sync");
    await Promise.all([page.waitForEvent("load"), page.click("main >> text=Đồng bộ ngay")]);
}

async function enter(page, form, fields, button = SAVE) {
    await page.goto(`/new/${form}`);
    for (const [name, value] of Object.entries(fields)) {
        const field = page.locator(`#f-${name}`);
        const list = await field.evaluate((one) => one.tagName === "SELECT");
        await (list ? field.selectOption({ label: value }) : field.fill(value));
    }
    await page.click(button);
}

async function morning(world, page) {
    await page.goto("/");
    await says(world, page, "the desk is opened: nothing was entered", /Chưa nhập gì tại máy này/);
    await down(world);
    await enter(page, "cleanup", { unit: "Tổ dân phố 1", participants: "42", waste_kg: "120,5" });
    await page.waitForURL("**/records/**");
    await says(world, page, "without a link: saved here, one waits", /^Đã lưu tại máy · 1 bản ghi chờ gửi/);
    await enter(page, "cleanup", { unit: "Tổ dân phố 2", participants: "17" },
        "main button[value=next]");
    await page.waitForURL("**/new/cleanup?saved=**");
    world.check("the next form is there at once, empty, and says what was saved",
        await page.inputValue("#f-participants") === "" &&
        /Đã lưu/.test(await page.innerText("main")));
    await syncNow(page);
    world.check("a try without a link says what happened, and is no alarm",
        /2 bản ghi chờ gửi/.test(await line(page)) &&
        !/Thành công/.test(await page.innerText("main dl")), await page.innerText("main"));
}

async function photo(world, page) {
    await page.goto("/new/cleanup");
    const buffer = await phonePhoto(page, 3000, 2000);
    await page.setInputFiles("#f-photo_before", { name: "trước.jpg", mimeType: "image/jpeg", buffer });
    await page.waitForFunction(() =>
        /thu nhỏ ảnh/.test(document.querySelector("#f-photo_before-size").textContent));
    await page.fill("#f-participants", "9");
    await page.selectOption("#f-unit", { label: "Tổ dân phố 3" });
    await page.click(SAVE);
    await page.waitForURL("**/records/**");
    await page.waitForFunction(() => document.querySelector("a.photo img")?.naturalWidth === 1280);
    await says(world, page, "a photo is made smaller and saved with its record",
        /3 bản ghi chờ gửi/);
}

async function draft(world, page) {
    await page.goto("/new/communication");
    await page.fill("#f-leaflets", "300");
    await page.waitForFunction(() =>
        /^Đã giữ nháp/.test(document.querySelector("#draft-state").textContent));
    const again = await page.context().newPage();
    again.faults = page.faults;
    world.people = [again];
    await page.close();
    await again.goto("/");
    await again.click("#drafts a >> text=Tiếp tục");
    world.check("a draft outlives its page", await again.inputValue("#f-leaflets") === "300");
    return again;
}

async function finish(page) {
    await page.selectOption("#f-unit", { label: "Tổ dân phố 1" });
    await page.selectOption("#f-kind", { index: 1 });
    await page.fill("#f-audience", "35");
    await page.click(SAVE);
    await page.waitForURL("**/records/**");
}

async function corrections(world, page) {
    await page.goto("/records");
    await page.click("main table >> text=Tổng vệ sinh thứ Bảy >> nth=-1");
    const address = page.url();
    await page.click("main >> text=Sửa");
    await page.fill("#f-participants", "43");
    await page.click(SAVE);
    await page.waitForURL("**done=changed**");
    world.check("an edit stands in the history", /Sửa\s+Số người tham gia: 43/.test(
        await page.innerText("main")), await page.innerText("main"));
    await page.click("main >> text=Xóa…");
    await page.click("main form button");
    await page.waitForURL("**done=deleted**");
    world.check("deleted it counts no more", /đã xóa/i.test(await page.innerText("main")));
    await page.click("main button:has-text(\"Khôi phục\")");
    await page.waitForURL("**done=undeleted**");
    await page.goto(address);
    world.check("and comes back, as it was edited", /43/.test(await page.innerText("main table")) &&
        await page.locator("main >> text=Xóa…").count() === 1);
}

async function nothing(world, page) {
    await page.goto("/");
    const card = page.locator("section.card", { has: page.locator("a[href='/new/inspection']") });
    await card.locator("text=Không phát sinh tuần này").click();
    await page.waitForLoadState();
    world.check("nothing to report is told for one duty",
        /Đã báo không phát sinh/.test(await card.innerText()), await card.innerText());
}

// The figures of the table's last line, as numbers.
async function sums(page, path) {
    await page.goto(path);
    return page.$$eval("main table :is(tfoot tr:first-child, tr.sum) td.number", (cells) =>
        cells.map((cell) => cell.innerText.replace(/\s.*/s, "").replaceAll(".", "")));
}

export default async function (world) {
    await world.makeDistrict();
    await up(world);
    world.join("desk", "Bồ Đề");
    world.run("ward", "desk", "sync");
    let page = await world.person(await world.serve("ward", "desk"));
    await morning(world, page);
    await up(world);
    await syncNow(page);
    await says(world, page, "the link is back: the district holds it, until when",
        /không còn gì chờ gửi · Quận đã nhận đến \d\d\/\d\d\/\d{4} \d\d:\d\d/);
    await down(world);
    await page.goto("/");
    await enter(page, "cleanup", { unit: "Tổ dân phố 4", participants: "5" });
    await page.waitForURL("**/records/**");
    await enter(page, "cleanup", { unit: "Tổ dân phố 4", participants: "6" });
    await page.waitForURL("**/records/**");
    await photo(world, page);
    page = await draft(world, page);
    await finish(page);
    await corrections(world, page);
    await nothing(world, page);
    const waits = Number(/(\d+) bản ghi chờ gửi/.exec(await line(page))?.[1]);
    world.check("all of it waits, nothing is lost", waits >= 5, await line(page));
    await up(world);
    await syncNow(page);
    await says(world, page, "the district holds it", /không còn gì chờ gửi · Quận đã nhận đến/);
    const office = await world.person(world.addressOf("district"));
    const own = await sums(page, "/totals?form=cleanup"), theirs = await sums(office,
        "/totals?form=cleanup");
    world.check("the desk adds up what the district adds up", own.length > 3 &&
        own.slice(0, 3).join() === theirs.slice(0, 3).join() && own[1] === String(43 + 17 + 5 + 6 + 9),
    `${own} | ${theirs}`);
    await office.goto("/records?form=cleanup");
    world.check("and has each record once", (await office.$$("main tbody tr")).length === 5,
        (await office.$$("main tbody tr")).length);
}
