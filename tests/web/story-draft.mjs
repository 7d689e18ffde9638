// SPDX-License-Identifier: Apache-2.0
// What is typed keeps itself: behind the last key, when the page is left, and it says so only when
// it is true.
export const sets = ["all"];

function drafts(world) {
    return world.run("ward", "desk", "draft", "list", "--json").split("\n").filter(Boolean)
        .map((line) => JSON.parse(world.run("ward", "desk", "draft", "show",
            JSON.parse(line)._token, "--json")));
}

function records(world) {
    return world.run("ward", "desk", "list", "--json").split("\n").filter(Boolean);
}

async function saysKept(page) {
    await page.waitForFunction(() =>
        /^Đã giữ nháp lúc \d\d:\d\d$/.test(document.querySelector("#draft-state").textContent));
}

async function keepsItself(world, page) {
    await page.goto("/new/cleanup");
    world.check("nothing is kept of a form that nobody touched",
        await page.textContent("#draft-state") === "" && drafts(world).length === 0);
    await page.fill("#f-participants", "hai lăm");
    await page.fill("#f-note", "dòng 1\ndòng 2");
    await saysKept(page);
    const kept = drafts(world);
    world.check("two seconds behind the last key it is kept, and said to be", kept.length === 1 &&
        kept[0].participants === "hai lăm" && kept[0].note === "dòng 1\ndòng 2",
    JSON.stringify(kept));
    await page.reload();
    world.check("loaded again the page goes on with it",
        await page.inputValue("#f-participants") === "hai lăm" &&
        /Đang tiếp tục bản nháp/.test(await page.textContent("main")));
}

async function keepsWhenLeft(world, page) {
    await page.fill("#f-participants", "26");
    await page.goto("/records");
    const left = Date.now() + 10_000;
    while (drafts(world)[0].participants !== "26" && Date.now() < left) {
        await page.reload(); // the program is asked, nobody sleeps
    }
    world.check("left at once it is kept all the same", drafts(world)[0].participants === "26");
}

async function savesOnce(world, page) {
    await page.goto("/");
    await page.click("#drafts a >> text=Tiếp tục");
    await page.fill("#f-participants", "27");
    await page.selectOption("#f-unit", { label: "Tổ dân phố 2" });
    await page.click("main form button:not([name])");
    await page.waitForURL("**/records/**");
    await page.goto("/");
    world.check("saved in the midst of typing it is one record and no draft",
        records(world).length === 1 && JSON.parse(records(world)[0]).participants === "27" &&
        drafts(world).length === 0, JSON.stringify(drafts(world)));
}

// Two drafts on their way, one behind the other: the record waits for both.
async function comesBehindItsDrafts(world, page) {
    const held = [];
    await page.clock.install();
    await page.goto("/new/cleanup");
    await page.route("**/new/cleanup", (route) =>
        /then=draft/.test(route.request().postData()) ? held.push(route) : route.fallback());
    const isHeld = async (count) => {
        while (held.length < count) {
            await page.evaluate(() => 0); // the browser is asked, nobody sleeps
        }
    };
    await page.selectOption("#f-unit", { label: "Tổ dân phố 2" });
    for (const participants of ["31", "32"]) {
        await page.fill("#f-participants", participants);
        await page.clock.runFor(2000);
    }
    await isHeld(1);
    await held[0].fallback();
    await isHeld(2);
    await page.click("main form button:not([name])", { noWaitAfter: true });
    world.check("a record is not sent while its draft is on its way",
        await page.textContent("#draft-state") !==
        await page.getAttribute("#draft-state", "data-saving"));
    await held[1].fallback();
    await page.waitForURL("**/records/**");
    world.check("it comes behind, and no draft is left", drafts(world).length === 0 &&
        records(world).some((line) => JSON.parse(line).participants === "32"));
    await page.close();
}

async function doesNotLie(world, page) {
    await page.goto("/new/club");
    await page.fill("#f-club_name", "Xanh");
    await saysKept(page);
    await world.stop("desk", "SIGKILL");
    await page.fill("#f-club_name", "Xanh Sạch");
    await page.waitForFunction(() =>
        /^Chưa giữ được nháp/.test(document.querySelector("#draft-state").textContent));
    page.faults.length = 0; // the browser tells of the line that broke
    world.check("where nobody answers it does not say that it is kept",
        drafts(world)[0].club_name === "Xanh");
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    const page = await world.person(await world.serve("ward", "desk"));
    await keepsItself(world, page);
    await keepsWhenLeft(world, page);
    await savesOnce(world, page);
    await comesBehindItsDrafts(world, await world.tab(page.context()));
    await doesNotLie(world, page);
}
