// SPDX-License-Identifier: Apache-2.0
// Every page that a link leads to, in both languages and themes and at three widths: no finding
// of axe-core, nothing wider than the screen, no word of the other language.  `short` looks at one
// shape of each program; `shots` also keeps a picture of each page.
import { LONG_WORD, fill } from "./stock.mjs";
import { foreignWords } from "./words.mjs";

export const sets = ["short", "shots"];

const WIDTHS = [320, 360, 768, 1280];
const SHORT = process.argv[2] === "short";
const SHOTS = process.argv[2] === "shots";
const PER_SHAPE = 1;
const WARDS = ["Bồ Đề", "Cự Khối", "Đức Giang", "Gia Thụy", "Giang Biên", "Long Biên", "Ngọc Lâm",
    "Ngọc Thụy", "Phúc Đồng", "Phúc Lợi", "Thạch Bàn", "Thượng Thanh", "Việt Hưng"];

// An address without what tells one record, device, ward or week from another; where all are
// not looked at, forms are not told apart either.
function shapeOf(path) {
    const url = new URL(path, "http://x");
    const names = [...url.searchParams.keys()].sort().join("&");
    const shape = url.pathname.replace(/[0-9a-f]{16,}|[0-9a-f]{8}-[\d.]+|\d+/g, "*");
    return (SHORT ? shape.replace(/\/(new|nothing|forms|sheet)\/[a-z_]+/, "/$1/*") : shape) +
        (names && `?${names}`);
}

// Goes to every page within reach by links, one of each shape; their addresses.
async function walk(page, visit) {
    const seen = new Map(), waiting = ["/"], paths = [];
    while (waiting.length > 0) {
        const path = waiting.shift();
        const shape = shapeOf(path);
        const count = seen.get(shape) ?? 0;
        if (count >= PER_SHAPE || /\.(csv|xlsx|bundle)\b/.test(path)) {
            continue;
        }
        seen.set(shape, count + 1);
        const answer = await page.goto(path, { waitUntil: "domcontentloaded" })
            .catch(() => null); /* a download */
        if (!answer || !/text\/html/.test(answer.headers()["content-type"] ?? "")) {
            continue;
        }
        paths.push(path);
        await visit(path, answer);
        waiting.push(...await page.$$eval("a[href^='/']", (links) =>
            links.filter((one) => !one.hasAttribute("download"))
                .map((one) => one.getAttribute("href").replace(/#.*/, ""))));
    }
    return paths;
}

// Looks at the pages of these addresses, or, without any, at all that are found; which they are.
async function look(world, name, address, paths, { width, language, dark, axe }) {
    const page = await world.person(address, { width, language, dark });
    const wide = [], faults = [], untold = [], foreign = [], long = [];
    const visit = async (path, answer) => {
        const over = await world.overflowOf(page);
        if (answer.status() !== 200) {
            untold.push(`${path}: ${answer.status()}`);
        }
        if (over.length > 0) {
            wide.push(`${path}: ${over.join(" ")}`);
        }
        foreign.push(...(await foreignWords(page, language)).map((one) => `${path}: ${one}`));
        if ((await page.innerText("body")).includes(LONG_WORD)) {
            long.push(path);
        }
        if (axe) {
            const found = await world.faultsOf(page);
            faults.push(...found.map((one) => `${path}: ${one}`));
        }
        if (SHOTS && !dark && language === "vi") {
            const file = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "first";
            await world.photograph(`${name}-${width}-${file.slice(0, 60)}`, page);
        }
    };
    const known = paths ?? await walk(page, visit);
    for (const path of paths ?? []) {
        await visit(path, await page.goto(path, { waitUntil: "domcontentloaded" }));
    }
    const shape = `${name}, ${known.length} pages, ${width} px, ${language}, ` +
        (dark ? "dark" : "light");
    world.check(`${shape}: all are there`, untold.length === 0 && known.length >= 8,
        untold.join("\n"));
    world.check(`${shape}: nothing is wider than the screen`, wide.length === 0, wide.join("\n"));
    world.check(`${shape}: no word of another language`, foreign.length === 0,
        foreign.slice(0, 40).join("\n"));
    world.check(`${shape}: a word of ${LONG_WORD.length} letters is among them`, long.length > 0);
    if (axe) {
        world.check(`${shape}: axe-core finds nothing`, faults.length === 0, faults.join("\n"));
    }
    await page.context().close();
    world.people = world.people.filter((one) => one !== page);
    return known;
}

// Names stand in the order of the Vietnamese alphabet: Đ behind D, marks behind letters.
async function order(world, address) {
    const page = await world.person(address);
    await page.goto("/totals");
    const chooser = await page.$$eval("#ward option, [name=ward] option, [name=unit] option", (all) =>
        all.map((one) => one.label).slice(1));
    await page.goto("/wards");
    const list = await page.$$eval("main tbody th", (all) => all.map((one) => one.innerText));
    for (const [what, names] of [["a chooser", chooser], ["a list", list]]) {
        world.check(`Vietnamese names in ${what} stand in order`, names.join() === WARDS.join(),
            names.join());
    }
}

// On a phone the records say what is in them without being moved sideways.
async function recordsInSight(world, page, width) {
    await page.goto("/records");
    const [edge, cells] = await page.$eval(".table-box", (box) => [
        box.getBoundingClientRect().right,
        [...box.querySelectorAll("td.content")].map((one) => one.getBoundingClientRect())
            .map((one) => [one.right, one.width])]);
    world.check(`${width} px: the content of every record is in sight`, cells.length > 10 &&
        cells.every(([right, wide]) => right <= edge && wide > width * 0.4),
        `${edge}: ${cells.slice(0, 3)}`);
}

// The parts of Quản trị take one line, the one that is shown in sight; keys reach all of them.
async function partsInOneLine(world, page, width) {
    const placeOf = (selector) => page.$eval(selector, async (one) => {
        for (let i = 0; i < 2; i++) { /* what the focus changes comes with the next picture */
            await new Promise((done) => requestAnimationFrame(done));
        }
        const box = one.getBoundingClientRect();
        return { left: box.left, right: box.right, height: box.height, down: window.scrollY };
    });
    for (const path of ["/admin", "/admin/units", "/admin/log"]) {
        await page.goto(path);
        const line = await placeOf("main nav"), part = await placeOf("main nav [aria-current]");
        world.check(`${width} px: ${path} has its parts in one line, its own in sight`,
            line.height < 70 && line.down === 0 && part.left >= 0 && part.right <= width,
            JSON.stringify([line, part]));
    }
    await page.focus("main nav a");
    const hidden = [];
    const count = await page.locator("main nav a").count();
    for (let i = 0; i < count; i++) {
        const at = await placeOf("main nav a:focus-visible");
        if (at.left < 0 || at.right > width) {
            hidden.push(JSON.stringify(at));
        }
        await page.keyboard.press("Tab");
    }
    world.check(`${width} px: keys reach every part, in sight`, count > 8 && hidden.length === 0,
        hidden.join("\n"));
}

async function phone(world, address) {
    for (const width of [320, 360]) {
        const page = await world.person(address, { width });
        await recordsInSight(world, page, width);
        await partsInOneLine(world, page, width);
    }
}

function variants(name) {
    if (SHORT) {
        const dark = name === "dashboard";
        return [{ width: 320, language: dark ? "en" : "vi", dark, axe: true }];
    }
    if (SHOTS) {
        return WIDTHS.slice(1).map((width) => ({ width, language: "vi", dark: false, axe: false }));
    }
    return WIDTHS.flatMap((width) => ["vi", "en"].flatMap((language) =>
        [false, true].map((dark) => ({ width, language, dark,
            axe: width === WIDTHS[0] || width === WIDTHS.at(-1) }))));
}

export default async function (world) {
    const places = { dashboard: await fill(world), desk: await world.serve("ward", "bo-de") };
    await order(world, places.dashboard);
    await phone(world, places.dashboard);
    for (const [name, address] of Object.entries(places)) {
        let paths = null;
        for (const variant of variants(name)) {
            paths = await look(world, name, address, paths, variant);
        }
    }
}
