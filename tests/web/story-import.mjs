// SPDX-License-Identifier: Apache-2.0
// A clerk has a table with bad rows: they are named, the good ones are imported, the corrected table
// adds the rest, and the first import is taken back.  Then a workbook whose table is on its third sheet,
// on a phone of 320 px.
import { spawnSync } from "node:child_process";

export const sets = ["all"];

const HEAD = "STT;Ngày;Tổ dân phố;Số người tham gia;Ghi chú";
const BAD = [HEAD,
    "1;16/04/2022;Tổ dân phố 1;25;",
    "2;16/04/2022;Tổ dân phố 2;hai mươi;",
    "3;31/04/2022;Tổ dân phố 1;30;",
    "4;16/04/2022;Tổ dân phố 3;6000;",
    "5;17/04/2022;Tổ dân phố 2;31;cây bàng"].join("\r\n");
const GOOD = BAD.replace("hai mươi", "20").replace("31/04", "30/04").replace("6000", "60");

function records(world) {
    return world.run("ward", "desk", "list", "--json").split("\n").filter(Boolean);
}

async function choose(page, name, text) {
    await page.goto("/records");
    await page.click("main a >> text=Nhập từ tệp");
    await page.selectOption("#form", "cleanup");
    await page.setInputFiles("#table",
        { name, mimeType: "text/csv", buffer: Buffer.from(`\ufeff${text}`) });
    await page.click("main form button");
    await page.waitForURL("**/import/columns?**");
}

async function lookAtIt(world, page) {
    await choose(page, "tuần 15.csv", BAD);
    world.check("columns called as fields are chosen, the others left out",
        await page.inputValue("#c2") === "date" && await page.inputValue("#c4") === "participants" &&
        await page.inputValue("#c1") === "");
    await page.selectOption("#key", "1");
    world.check("axe-core finds nothing among the columns", (await world.faultsOf(page)).length === 0,
        (await world.faultsOf(page)).join("\n"));
    await page.click("main form[action='/import/columns'] button");
    await page.waitForURL("**/import/preview?**");
    const rows = await page.$$eval("#findings tr", (list) => list.map((row) =>
        [...row.children].map((cell) => cell.textContent)));
    world.check("each bad row is named with column, value and what is allowed",
        rows.length === 3 && rows[0][0] === "3" && rows[0][1] === "Số người tham gia" &&
        rows[0][2] === "hai mươi" && rows[1][2] === "31/04/2022" && /5\.?000/.test(rows[2][3]),
        JSON.stringify(rows));
    world.check("nothing is saved yet", records(world).length === 0);
    const faults = await world.faultsOf(page);
    world.check("axe-core finds nothing in the preview", faults.length === 0, faults.join("\n"));
}

async function importIt(world, page) {
    await page.click("main button >> text=Nhập 2 dòng tốt");
    await page.waitForURL("**/import/result?**");
    world.check("the good rows are imported", records(world).length === 2 &&
        /^2 /.test(await page.textContent("#added")));
    const [file] = await Promise.all([page.waitForEvent("download"),
        page.click("main a >> text=Tải danh sách dòng cần sửa")]);
    world.check("the findings are a file", file.suggestedFilename() === "findings.csv");
    await choose(page, "tuần 15 sửa.csv", GOOD);
    await page.selectOption("#key", "1");
    await page.click("main form[action='/import/columns'] button");
    await page.click("main button >> text=Nhập 3 dòng tốt");
    await page.waitForURL("**/import/result?**");
    world.check("the corrected table adds the rest", records(world).length === 5 &&
        /^2 /.test(await page.textContent("#there")));
}

const SHEETS = [
    ["Bìa", "visible", [["Báo cáo tháng 4 năm 2022"]]],
    ["Biểu đồ", "visible", null],
    ["Số liệu tổng vệ sinh của các tổ dân phố, tuần 17", "visible",
        [["ỦY BAN NHÂN DÂN PHƯỜNG", "", "Tuần 17"], ["SỐ LIỆU TỔNG VỆ SINH"], [],
            ["Ngày", "Tổ dân phố", "Số người tham gia", "Ảnh trước khi làm"],
            ["23/04/2022", "Tổ dân phố 1", "41", "truoc-1.jpg"],
            ["23/04/2022", "Tổ dân phố 2", "42", "truoc-2.jpg"]]],
    ["Danh mục", "hidden", [["Tổ"]]]];

async function lookNarrow(world, page, name) {
    const faults = [...await world.faultsOf(page), ...await world.overflowOf(page)];
    world.check(`${name}: axe-core finds nothing, nothing is wider than 320 px`, faults.length === 0,
        faults.join("\n"));
}

async function chooseASheet(world, page) {
    const book = spawnSync("python3", ["tests/system/workbook.py"], { input: JSON.stringify(SHEETS) });
    await page.goto("/import");
    await page.selectOption("#form", "cleanup");
    await page.setInputFiles("#table",
        { name: "báo cáo tháng 4.xlsx", mimeType: "application/octet-stream", buffer: book.stdout });
    await page.click("main form button");
    await page.waitForURL("**/import/columns?**");
    const options = await page.$$eval("#sheet option", (list) => list.map((one) =>
        `${one.textContent}${one.disabled ? " -" : ""}${one.selected ? " *" : ""}`));
    world.check("the sheets are there by name, the first is chosen, a chart cannot be", options.join("|") ===
        `Bìa *|Biểu đồ (không phải bảng) -|${SHEETS[2][0]}|Danh mục (đang ẩn)`, options.join("|"));
    await page.selectOption("#sheet", "3");
    await page.click("main button >> text=Xem trang này");
    await page.waitForSelector("#c3");
    world.check("the columns of the chosen sheet, and what is said of photos",
        await page.inputValue("#c3") === "participants" && await page.inputValue("#c4") === "" &&
        /Ảnh trước khi làm; Ảnh sau khi làm/.test(await page.textContent("#photos")) &&
        await page.getAttribute("#photos a", "href") === "/records?form=cleanup");
    await page.click("#header-row summary");
    world.check("below its title the row with the names is found, and can be another",
        await page.inputValue("#header") === "4" && (await page.textContent("#header option")) ===
        "1: ỦY BAN NHÂN DÂN PHƯỜNG; Tuần 17");
    await lookNarrow(world, page, "sheet");
    await page.click("main button >> text=Xem trước");
    await page.waitForURL("**/import/preview?**");
    world.check("the preview names the sheet",
        (await page.textContent("main")).includes(`trang tính “${SHEETS[2][0]}”`));
    await lookNarrow(world, page, "preview");
    await page.click("main button >> text=Nhập 2 dòng tốt");
    await page.waitForURL("**/import/result?**");
    await lookNarrow(world, page, "result");
    world.check("what stands on that sheet is imported", records(world).length === 5 &&
        /Ảnh và tệp thì thêm ở từng bản ghi/.test(await page.textContent("main")));
}

async function takeItBack(world, page) {
    await page.goto("/imports");
    await page.click("main a >> text=Bỏ lần nhập này (1)");
    world.check("taking back asks first", records(world).length === 5 &&
        /sẽ bị xóa/.test(await page.textContent("main")));
    await page.click("main button.danger");
    await page.waitForURL("**/imports?done=undone");
    world.check("the first import is taken back", records(world).length === 3);
    await page.goto("/records?form=cleanup");
    world.check("the others are in the records",
        /Tổ dân phố 3/.test(await page.textContent("main")));
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    world.run("ward", "desk", "sync");
    const address = await world.serve("ward", "desk");
    const page = await world.person(address);
    await lookAtIt(world, page);
    await importIt(world, page);
    await takeItBack(world, page);
    await chooseASheet(world, await world.person(address, { width: 320, height: 640 }));
}
