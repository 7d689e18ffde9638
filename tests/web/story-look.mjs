// SPDX-License-Identifier: Apache-2.0
// Every page that a link leads to, in both languages and themes and at three widths: no finding
// of axe-core, nothing wider than the screen.  `shots` also keeps a picture of each.
import { fill } from "./stock.mjs";

export const sets = ["short", "shots"];

const WIDTHS = [320, 360, 768, 1280];
const SHORT = process.argv[2] === "short";
const SHOTS = process.argv[2] === "shots";
const PER_SHAPE = 1;

// An address without what tells one record, ward or week from another.
function shapeOf(path) {
    const url = new URL(path, "http://x");
    const names = [...url.searchParams.keys()].sort().join("&");
    return url.pathname.replace(/[0-9a-f]{8}-[\d.]+|\d+/g, "*") + (names && `?${names}`);
}

// The addresses of every page within reach by links, one of each shape.
async function findPages(page) {
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
        waiting.push(...await page.$$eval("a[href^='/']", (links) =>
            links.filter((one) => !one.hasAttribute("download"))
                .map((one) => one.getAttribute("href").replace(/#.*/, ""))));
    }
    return paths;
}

async function look(world, name, address, paths, { width, language, dark }) {
    const page = await world.person(address, { width, language, dark });
    const wide = [], faults = [], untold = [];
    for (const path of paths) {
        const answer = await page.goto(path, { waitUntil: "domcontentloaded" });
        const over = await world.overflowOf(page);
        if (answer.status() !== 200) {
            untold.push(`${path}: ${answer.status()}`);
        }
        if (over.length > 0) {
            wide.push(`${path}: ${over.join(" ")}`);
        }
        if (width === WIDTHS[0] || width === WIDTHS.at(-1)) {
            const found = await world.faultsOf(page);
            faults.push(...found.map((one) => `${path}: ${one}`));
        }
        if (SHOTS && !dark && language === "vi") {
            const file = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "first";
            await world.photograph(`${name}-${width}-${file.slice(0, 60)}`, page);
        }
    }
    const shape = `${name}, ${paths.length} pages, ${width} px, ${language}, ` +
        (dark ? "dark" : "light");
    world.check(`${shape}: all are there`, untold.length === 0, untold.join("\n"));
    world.check(`${shape}: nothing is wider than the screen`, wide.length === 0, wide.join("\n"));
    world.check(`${shape}: axe-core finds nothing`, faults.length === 0, faults.join("\n"));
    await page.context().close();
    world.people = world.people.filter((one) => one !== page);
}

function variants() {
    if (SHORT) {
        return [{ width: 320, language: "vi", dark: false },
            { width: 1280, language: "en", dark: true }];
    }
    if (SHOTS) {
        return WIDTHS.slice(1).map((width) => ({ width, language: "vi", dark: false }));
    }
    return WIDTHS.flatMap((width) => ["vi", "en"].flatMap((language) =>
        [false, true].map((dark) => ({ width, language, dark }))));
}

export default async function (world) {
    const places = { dashboard: await fill(world), desk: await world.serve("ward", "bo-de") };
    for (const [name, address] of Object.entries(places)) {
        const guide = await world.person(address);
        const paths = await findPages(guide);
        world.check(`${name}: pages are found by their links`, paths.length >= 8, paths.join(" "));
        for (const variant of variants()) {
            await look(world, name, address, paths, variant);
        }
    }
}
