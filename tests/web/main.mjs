// SPDX-License-Identifier: Apache-2.0
// main.mjs: runs the stories, one after another, and prints TAP.
//
// A story is a file story-NAME.mjs with `export const short` (is it part of `make test`?) and
// `export default async (world) => ...`; see world.mjs for what it is given.
import { readdirSync } from "node:fs";
import { Tap } from "./tap.mjs";
import { World, openBrowser } from "./world.mjs";

const [set, word] = process.argv.slice(2);
const folder = new URL(".", import.meta.url);
const files = readdirSync(folder).filter((name) => /^story-.*\.mjs$/.test(name)).sort();
const tap = new Tap();
const browser = await openBrowser();

for (const file of files) {
    const story = await import(new URL(file, folder));
    const wanted = set === "all" || story.sets?.includes(set);
    if (!wanted || !file.includes(word)) {
        continue;
    }
    tap.begin(file.slice("story-".length, -".mjs".length));
    const world = new World(browser, tap);
    try {
        await story.default(world);
    } catch (error) {
        tap.check("comes to its end", false, error.stack);
        await world.photograph("failed");
    }
    await world.close();
}
await browser.close();
tap.end();
