// SPDX-License-Identifier: Apache-2.0
// stock.mjs: a district with three wards whose books are full: weeks of the invented campaign,
// this week's work, a conflict, words as long as words get.
import { readFileSync, writeFileSync } from "node:fs";

const WARDS = [["bo-de", "Bồ Đề", "00139"], ["gia-thuy", "Gia Thụy", "00130"],
    ["ngoc-thuy", "Ngọc Thụy", "00118"]];
const FORMS = ["cleanup", "communication", "inspection", "violation", "club"];
const DAYS_BACK = 60;
export const ADMIN = "Nguyễn Thị Quản";
const PASSWORD = "một cụm từ đủ dài";
export const NOTE = "Trời mưa nhỏ", PERSON = "Nguyễn Thị Mẫu";
export const LONG_WORD = "Nghiêngnghiêngngảngảkhúckhuỷukhúckhíchthườngthượnghuỳnhhuỵchngoằn";

// "16/04/2022" of some days ago at +07:00.
export function dayBefore(days) {
    const then = new Date(Date.now() - days * 86_400_000 + 7 * 3_600_000);
    return then.toISOString().slice(0, 10).split("-").reverse().join("/");
}

// The rows of a table of the sample, moved so that the last ones are of today.
function moved(code, form) {
    const [head, ...rows] = readFileSync(`tests/sample/${code}/${form}.csv`, "utf8").split("\n");
    const last = Date.UTC(2022, 5, 30);
    const by = Math.floor((Date.now() + 7 * 3_600_000) / 86_400_000) - last / 86_400_000;
    const shift = (text) =>
        text.replace(/\b20\d\d-\d\d-\d\d\b/g, (day) =>
            new Date(Date.parse(day) + by * 86_400_000).toISOString().slice(0, 10));
    const recent = rows.filter((row) =>
        Date.parse(row.slice(0, 10)) > last - DAYS_BACK * 86_400_000);
    return [head, ...recent.map(shift)].join("\n") + "\n";
}

export async function fill(world) {
    await world.makeDistrict();
    const dashboard = await world.serve("district", "district");
    for (const [data, unit, code] of WARDS) {
        world.join(data, unit);
        world.run("ward", data, "staff", "add", PERSON);
        for (const form of FORMS) {
            writeFileSync(world.path(`${data}.csv`), moved(code, form));
            world.runWith({ codes: [0, 1] }, "ward", data, "import", world.path(`${data}.csv`),
                "--form", form, "--by", "1");
        }
        world.run("ward", data, "sync");
    }
    await quarrel(world);
    world.run("ward", "bo-de", "add", "cleanup", `date=${dayBefore(0)}`,
        "unit=Tổ dân phố 1", "participants=41", `note=${LONG_WORD} ${LONG_WORD}`);
    return dashboard;
}

// Two devices of one ward change one field, neither knowing of the other.
async function quarrel(world) {
    world.join("bo-de-2", "Bồ Đề");
    const id = world.run("ward", "bo-de", "add", "cleanup", `date=${dayBefore(1)}`,
        "unit=Tổ dân phố 1", "participants=25", `note=${NOTE}`).trim();
    world.run("ward", "bo-de", "sync");
    world.run("ward", "bo-de-2", "sync");
    world.run("ward", "bo-de", "edit", id, "participants=30", "--by", "1");
    world.run("ward", "bo-de-2", "edit", id, "participants=52");
    world.run("ward", "bo-de-2", "sync");
    world.run("ward", "bo-de", "sync");
}

// The first account of a district, made on its page, whose admin then is on the page `next`.
export async function firstAdmin(page, next) {
    await page.goto("/admin/staff");
    await page.fill("#name", ADMIN);
    await page.fill("#pin", PASSWORD);
    await page.fill("#again", PASSWORD);
    await page.click("main form >> text=Thêm");
    await page.goto(`/login?next=${next}`);
    await page.fill("#person", ADMIN);
    await page.fill("#pin", PASSWORD);
    await page.click("main form button");
    await page.waitForURL(`**${next}`);
}

// A picture as a phone makes one: many pixels, and too many bytes.
export async function phonePhoto(page, width, height) {
    const text = await page.evaluate(async ([wide, high]) => {
        const canvas = document.createElement("canvas");
        canvas.width = wide;
        canvas.height = high;
        const pen = canvas.getContext("2d");
        const noise = pen.createImageData(wide, high);
        for (let i = 0, state = 1; i < noise.data.length; i++) {
            state = (state * 1103515245 + 12345) % 2147483648;
            noise.data[i] = i % 4 === 3 ? 255 : 128 + (state >> 24) + (i / wide) % 50;
        }
        pen.putImageData(noise, 0, 0);
        const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.98); });
        const bytes = new Uint8Array(await blob.arrayBuffer());
        return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }, [width, height]);
    return Buffer.from(text, "base64");
}
