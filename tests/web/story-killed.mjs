// SPDX-License-Identifier: Apache-2.0
// The desk's programs are killed while a record is being saved, at moments that dice choose:
// nothing that was told to be saved is lost, nothing is there twice, and the page says what is so.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

export const sets = ["all"];

const ROUNDS = 10, LATEST_MS = 90;
const SAVE = "main form button:not([name])";

// The same numbers each time; what the machine does in between is its own.
function dice(seed) {
    let state = seed;
    return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

function saved(world, participants) {
    return world.run("ward", "desk", "list", "--json").split("\n").filter(Boolean)
        .map((line) => JSON.parse(line)).filter((one) => one.participants === participants);
}

async function fillIn(page, participants) {
    await page.goto("/new/cleanup");
    await page.fill("#f-participants", participants);
    await page.selectOption("#f-unit", { label: "Tổ dân phố 2" });
}

// Is it the record itself that is sent, and not its draft, which goes by itself?
function isSave(request) {
    return request.method() === "POST" && !/then=draft/.test(request.postData());
}

function onSave(page, act) {
    return page.route("**/new/cleanup", (route) =>
        isSave(route.request()) ? act(route) : route.fallback());
}

function isForm(page) { // a draft that was kept is named behind its address
    return new URL(page.url()).pathname === "/new/cleanup";
}

// Did the program say that it is saved, or the page that it does not know?  The third: it was
// saved, and nobody was there any more to show the record.
function outcome(page) {
    const state = page.waitForFunction(() =>
        /^Chưa chắc đã lưu/.test(document.querySelector("#draft-state")?.textContent));
    const record = page.waitForURL("**/records/**", { waitUntil: "commit" });
    const gone = page.waitForEvent("requestfailed", (one) =>
        one.isNavigationRequest() && /\/records\//.test(one.url()));
    return Promise.any([state.then(() => "unsure"), record.then(() => "told"),
        gone.then(() => "told")]);
}

// In a tab of its own: a navigation that failed with the program may end at any time, and would
// cut off the next.
async function round(world, context, participants, delay) {
    const page = await world.tab(context);
    await fillIn(page, participants);
    const sent = page.waitForRequest(isSave);
    await page.click(SAVE, { noWaitAfter: true });
    await sent;
    const heard = outcome(page).catch(() => page.innerText("main"));
    await new Promise((done) => setTimeout(done, delay));
    await world.killAll("desk");
    const said = await heard;
    const then = saved(world, participants).length;
    await world.serve("ward", "desk");
    const kept = said === "told" ? participants : await page.inputValue("#f-participants");
    if (said === "unsure") {
        await page.click(SAVE);
        await page.waitForURL("**/records/**");
    }
    const ends = saved(world, participants).length;
    await page.close();
    page.faults.length = 0; // the browser tells of the line that broke
    return { said, then, kept, ends };
}

async function inMidSave(world, context) {
    const roll = dice(6);
    const seen = [];
    for (let i = 0; i < ROUNDS; i++) {
        const delay = i % 3 === 0 ? 0 : Math.floor(roll() * LATEST_MS);
        seen.push(await round(world, context, String(100 + i), delay));
    }
    const all = JSON.stringify(seen);
    world.check("what was told to be saved is there, once",
        seen.every(({ said, then }) => said !== "told" || then === 1), all);
    world.check("what is not certain is said to be, and stays in the form",
        seen.every(({ said, kept }, i) => /^(told|unsure)$/.test(said) &&
            kept === String(100 + i)), all);
    world.check("saved again it is there, once, whether it was before or not",
        seen.every(({ ends }) => ends === 1), all);
    const early = seen.filter(({ said, then }) => said === "unsure" && then === 0).length;
    world.check("some were killed before anything was written", early > 0, all);
}

// The program wrote the record, and died before its answer came.
async function behindTheRecord(world, page) {
    await fillIn(page, "301");
    await onSave(page, async (route) => {
        await route.fetch({ maxRedirects: 0 });
        await world.killAll("desk");
        await route.abort("connectionreset");
    });
    await page.click(SAVE);
    world.check("saved without an answer: the page does not know", await outcome(page) === "unsure" &&
        saved(world, "301").length === 1);
    await page.unroute("**/new/cleanup");
    await world.serve("ward", "desk");
    await page.fill("#f-participants", "302");
    await page.click(SAVE);
    await page.waitForSelector("main .error");
    const told = await page.innerText("main");
    world.check("other words under the same name are refused, and the record is named",
        saved(world, "302").length === 0 && saved(world, "301").length === 1 &&
        told.includes(saved(world, "301")[0]._id), told);
    world.check("and all that was filled in is there", isForm(page) &&
        await page.inputValue("#f-participants") === "302");
    page.faults.length = 0;
}

async function draftIsOffered(world, page) {
    await fillIn(page, "401");
    await page.waitForFunction(() =>
        /^Đã giữ nháp/.test(document.querySelector("#draft-state").textContent));
    await world.killAll("desk");
    await page.fill("#f-participants", "402");
    await page.waitForFunction(() =>
        /^Chưa giữ được nháp/.test(document.querySelector("#draft-state").textContent));
    await world.serve("ward", "desk");
    await page.waitForFunction(() => /* it tries each 15 s, the first time by the old token */
        /^Đã giữ nháp/.test(document.querySelector("#draft-state").textContent), null,
    { timeout: 60_000 });
    await world.killAll("desk");
    await world.serve("ward", "desk");
    await page.goto("/");
    await page.click("#drafts a >> text=Tiếp tục");
    world.check("a draft is kept by a program that was started anew, and offered by the next",
        await page.inputValue("#f-participants") === "402");
    await page.click(SAVE);
    await page.waitForURL("**/records/**");
    world.check("and is saved once", saved(world, "402").length === 1);
    page.faults.length = 0;
}

// The program lives on, and the command that it has run is killed; or it runs none at all.
async function commandAlone(world, page) {
    const at = world.path("kill-at");
    writeFileSync(at, "0");
    Object.assign(world.env, { CRASH_ROOT: world.folder, CRASH_KILL_AT: at,
        LD_PRELOAD: resolve(process.env.BUILD ?? "build", "tests/crash/trace.so"),
        ASAN_OPTIONS: "verify_asan_link_order=0" });
    await world.stop("desk");
    await world.serve("ward", "desk");
    await fillIn(page, "501");
    writeFileSync(at, "1");
    await page.click(SAVE);
    const said = await outcome(page);
    writeFileSync(at, "0");
    world.check("a command that was killed: the page does not know, and all stays in the form",
        said === "unsure" && saved(world, "501").length === 0 &&
        isForm(page) && await page.inputValue("#f-participants") === "501");
    const busy = "Chưa làm được. Đang có vài lệnh chạy.";
    await onSave(page, (route) => route.fulfill({ status: 503, contentType: "text/html",
        body: `<main><p class="error">${busy}</p></main>` }));
    await page.click(SAVE);
    await page.waitForFunction((words) =>
        document.querySelector("#draft-state").textContent === words, busy);
    await page.unroute("**/new/cleanup");
    world.check("where it is certain that nothing was saved, the line says why",
        await page.inputValue("#f-participants") === "501");
    await page.click(SAVE);
    await page.waitForURL("**/records/**");
    world.check("saved again it is there once", saved(world, "501").length === 1);
    page.faults.length = 0;
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    const page = await world.person(await world.serve("ward", "desk"));
    await inMidSave(world, page.context());
    await behindTheRecord(world, page);
    await draftIsOffered(world, page);
    await commandAlone(world, page);
    await page.close(); // or it tells that nobody is there any more
    await world.stop("desk");
    world.run("ward", "desk", "sync");
    const held = world.run("district", "district", "records", "--json").split("\n").filter(Boolean);
    world.check("the district has each of them once", held.length === ROUNDS + 3, held.length);
}
