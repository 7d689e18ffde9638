// SPDX-License-Identifier: Apache-2.0
// A ward joins by a picture of the code that the district's page shows: a screenshot, or a photo
// of whatever quality; what holds no code, or another one, is told in words.
import { firstAdmin } from "./stock.mjs";
import { foreignWords } from "./words.mjs";

export const sets = ["all"];

const FIRST_LOAD_BYTES = 150_000;
// "wardsync" as a code: no invite, however it begins.  21 rows of 21 modules.
const OTHER = `1fc57f 104141 17545d 17415d 174b5d 104e41 1fd57f 001400 1df5c4 0702bb 06f2bf
    0a0fb1 067a6b 001079 1fd533 105442 175940 174692 1756f5 105792 1fd6db`;
// How a photo was taken: of 900 by 1200 times `sharp` pixels, the code `size` wide, turned, from
// aside, out of focus, in bad light, and as small a file as phones send.
const PHOTOS = [
    { name: "turned and in shade", sharp: 1, size: 560, turn: 31, blur: 1, quality: 60 },
    { name: "from aside, of 9 megapixels", sharp: 3, size: 420, turn: -12, aside: 20, blur: 1,
        quality: 45 },
    { name: "upside down and out of focus", sharp: 2, size: 500, turn: 171, blur: 1.6, quality: 40 },
    { name: "small, and pressed hard", sharp: 1, size: 330, turn: 4, blur: .4, quality: 25 },
];

function codeOf(rows) {
    const hex = rows.trim().split(/\s+/);
    const dark = hex.flatMap((row, y) => [...parseInt(row, 16).toString(2).padStart(21, "0")]
        .map((bit, x) => bit === "1" ? `<path d="M${x + 4} ${y + 4}h1v1h-1z"/>` : ""));
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29">
        <path fill="#fff" d="M0 0h29v29H0z"/>${dark.join("")}</svg>`;
}

// A picture as a camera sees a code on a desk.
async function photoOf(world, code, { sharp, size, turn, aside = 0, blur, quality }) {
    const page = await world.browser.newPage({ viewport: { width: 900, height: 1200 },
        deviceScaleFactor: sharp });
    await page.setContent(`<style>
        body { margin: 0; background: linear-gradient(70deg, #433, #b9a 60%, #554); }
        main { position: absolute; left: ${450 - size / 2}px; top: ${560 - size / 2}px;
            width: ${size}px; height: ${size}px; filter: blur(${blur}px);
            transform: perspective(1100px) rotateY(${aside}deg) rotate(${turn}deg); }
        svg { width: 100%; height: 100%; }
        i { position: absolute; inset: 0; background: linear-gradient(160deg, #000a, #0000 80%); }
        </style><main>${code}</main><i></i>`);
    const buffer = await page.screenshot({ type: "jpeg", quality });
    await page.close();
    return { name: "IMG 1.jpg", mimeType: "image/jpeg", buffer };
}

function drawn(world, code) {
    return photoOf(world, code, { sharp: 1, size: 500, turn: 0, blur: 0, quality: 90 });
}

// The code alone, as small as lists of pictures show it: 1.6 pixels a module, and not straight.
async function thumbnail(world, code) {
    const page = await world.browser.newPage();
    await page.setContent(`<style>
        main { width: 122px; }
        svg { width: 98px; height: 98px; padding: 12px; transform: rotate(8deg); }
        </style><main>${code}</main>`);
    const buffer = await page.locator("main").screenshot();
    await page.close();
    return { name: "nho.png", mimeType: "image/png", buffer };
}

// What the page says of a picture.
async function choose(page, file) {
    await page.evaluate(() => { document.querySelector("#picture-said").textContent = ""; });
    await page.setInputFiles("#picture", file);
    await page.waitForFunction(() => {
        const said = document.querySelector("#picture-said");
        return said.textContent && said.textContent !== said.dataset.reading;
    });
    return page.innerText("#picture-said");
}

// The code on the page of the district, its invite, and the picture of the whole page.
async function invite(world) {
    await world.makeDistrict();
    const office = await world.person(await world.serve("district", "district"));
    await firstAdmin(office, "/admin/devices/new");
    await office.selectOption("#unit", { label: "Bồ Đề" });
    await office.fill("#name", "máy tính Bồ Đề");
    await office.click("text=Tạo thư mời");
    const steps = await office.innerText("main ol");
    world.check("the district says where the picture goes", /chọn ảnh của mã QR/.test(steps), steps);
    return { text: (await office.inputValue("#invite")).trim(),
        code: await office.$eval("svg.qr", (svg) => svg.outerHTML),
        screen: { name: "man hinh.png", mimeType: "image/png",
            buffer: await office.screenshot({ fullPage: true }) } };
}

async function light(world, page) {
    const loaded = await page.evaluate(() => performance.getEntries().filter((one) =>
        one.transferSize).map((one) => [one.name, one.transferSize]));
    const bytes = loaded.reduce((sum, one) => sum + one[1], 0);
    world.check("the page is light: the reader comes with the first picture",
        bytes > 10_000 && bytes < FIRST_LOAD_BYTES && !loaded.some(([name]) => /jsqr/.test(name)),
        loaded.join("\n"));
}

async function unread(world, page) {
    await page.fill("#invite", "đang gõ dở");
    const none = await choose(page, await drawn(world, "<h1>Tổ dân phố 2</h1>"));
    const other = await choose(page, await drawn(world, codeOf(OTHER)));
    const file = await choose(page,
        { name: "a.png", mimeType: "image/png", buffer: Buffer.from("không phải ảnh") });
    world.check("a picture without a code is told", /Không thấy mã QR/.test(none), none);
    world.check("a code that is no invite is told", /không phải thư mời/.test(other), other);
    world.check("a file that is no picture is told", /không phải là ảnh/.test(file), file);
    world.check("what was typed is left alone",
        await page.inputValue("#invite") === "đang gõ dở");
}

async function inEnglish(world, address) {
    const page = await world.person(address, { language: "en" });
    await page.goto("/setup");
    const told = await choose(page, await drawn(world, codeOf(OTHER)));
    const foreign = await foreignWords(page, "en");
    world.check("all of it is there in English", /is no invite/.test(told) && foreign.length === 0,
        `${told}\n${foreign.join("\n")}`);
}

async function isRead(world, page, text, name, file) {
    await page.fill("#invite", "");
    const told = await choose(page, file);
    world.check(`a picture is read: ${name}`,
        await page.inputValue("#invite") === text && /Đã đọc được/.test(told), told);
}

// A picture is chosen while the one before is being read.
async function overtaken(world, page, slow, quick) {
    await page.fill("#invite", "");
    await page.evaluate(() => {
        const open = globalThis.createImageBitmap;
        globalThis.createImageBitmap = async (file) => {
            globalThis.createImageBitmap = open;
            await new Promise((go) => { globalThis.goOn = go; });
            const picture = await open(file);
            globalThis.over = new Promise((done) => { picture.close = done; });
            globalThis.opened();
            return picture;
        };
    });
    await page.setInputFiles("#picture", slow);
    const told = await choose(page, quick);
    await page.evaluate(async () => {
        const opened = new Promise((done) => { globalThis.opened = done; });
        globalThis.goOn();
        await opened;
        await globalThis.over;
        await new Promise((done) => { setTimeout(done); });
    });
    world.check("the picture that was chosen last counts", await page.inputValue("#invite") === "" &&
        await page.innerText("#picture-said") === told && /Không thấy/.test(told), told);
}

async function looksWell(world, page, what) {
    const faults = await world.faultsOf(page);
    world.check(`${what}: axe-core finds nothing`, faults.length === 0, faults.join("\n"));
    const wide = await world.overflowOf(page);
    world.check(`${what}: nothing is wider than the screen`, wide.length === 0, wide.join(" "));
}

export default async function (world) {
    const { text, code, screen } = await invite(world);
    const address = await world.serve("ward", "desk");
    const plain = await world.person(address, { script: false });
    await plain.goto("/setup");
    world.check("without script: the words, and nothing that would not work",
        /quét bằng điện thoại/.test(await plain.innerText("main")) &&
        !await plain.isVisible("#picture"));
    const clerk = await world.person(address, { width: 320, height: 700 });
    await clerk.goto("/setup");
    if (!await clerk.$("#picture")) {
        world.tap.skip("an invite from a picture", "the build could not get what reads one");
        return;
    }
    await clerk.waitForSelector("#picture");
    await light(world, clerk);
    await looksWell(world, clerk, "the chooser");
    await unread(world, clerk);
    await looksWell(world, clerk, "what is told");
    await inEnglish(world, address);
    for (const photo of PHOTOS) {
        await isRead(world, clerk, text, photo.name, await photoOf(world, code, photo));
    }
    await overtaken(world, clerk, screen, await drawn(world, "<h1>Tổ dân phố 2</h1>"));
    await isRead(world, clerk, text, "a thumbnail", await thumbnail(world, code));
    await isRead(world, clerk, text, "the whole page", screen);
    await looksWell(world, clerk, "the invite that was read");
    await clerk.click("button:text('Nối với quận')");
    await clerk.waitForURL("**/setup/done");
    world.check("and by it the device joins its ward",
        /Bồ Đề/.test(await clerk.innerText("#unit")));
}
