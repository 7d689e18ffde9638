// SPDX-License-Identifier: Apache-2.0
// A record is entered without script, and by nothing but the keyboard on a narrow screen.
import { dayBefore } from "./stock.mjs";

export const sets = ["short"];

async function withoutScript(world, address) {
    const page = await world.person(address, { script: false });
    await page.goto("/new/cleanup");
    await page.fill("#f-participants", "sáu mươi");
    await page.selectOption("#f-unit", { label: "Tổ dân phố 2" });
    await page.click("main form button:not([name])");
    world.check("without script: a bad value is told at its field, and kept",
        await page.getAttribute("#f-participants", "aria-invalid") === "true" &&
        await page.inputValue("#f-participants") === "sáu mươi");
    await page.fill("#f-participants", "60");
    await page.click("main form button:not([name])");
    const saved = JSON.parse(world.run("ward", "desk", "list", "--json").split("\n")[0]);
    world.check("without script: it is saved and shown",
        page.url().includes(`/records/${saved._id}`), `${page.url()} ${saved._id}`);
}

// Presses a key until what is focused fits; what that is.
async function walkTo(page, key, selector, steps = 60) {
    for (let i = 0; i < steps; i++) {
        await page.keyboard.press(key);
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) {
            return true;
        }
    }
    return false;
}

// Types into the field that is focused, or goes down a list to what is wanted.
async function fillByKeys(page, selector, wanted) {
    const list = await page.$$eval(`${selector} option`, (options) =>
        options.map((one) => one.label));
    if (list.length === 0) {
        await page.keyboard.press("Control+A");
        await page.keyboard.type(wanted);
    }
    for (let i = 0; i < list.indexOf(wanted); i++) {
        await page.keyboard.press("ArrowDown");
    }
}

// Can whoever uses keys alone see where they are?
function focusIsSeen(page) {
    return page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
}

async function byKeys(world, address) {
    const page = await world.person(address, { width: 320, height: 640 });
    await page.goto("/");
    await page.keyboard.press("Tab");
    const skip = await page.evaluate(() => document.activeElement.className);
    world.check("keyboard: the first stop is the way past the navigation", skip === "skip", skip);
    await page.keyboard.press("Enter");
    world.check("keyboard: the button of the form is reached",
        await walkTo(page, "Tab", "a[href='/new/cleanup']") && await focusIsSeen(page));
    await page.keyboard.press("Enter");
    await page.waitForURL("**/new/cleanup");
    for (const [selector, typed] of [["#f-date", dayBefore(0)], ["#f-unit", "Tổ dân phố 3"],
        ["#f-participants", "17"], ["#f-waste_kg", "12,5"]]) {
        world.check(`keyboard: ${selector} is reached, and seen to be`,
            await walkTo(page, "Tab", selector) && await focusIsSeen(page));
        await fillByKeys(page, selector, typed);
    }
    await page.keyboard.press("Enter");
    await page.waitForURL("**/records/**");
    const said = await page.textContent("main");
    world.check("keyboard: Enter saves it", /17/.test(said) && /12,5/.test(said) &&
        /Tổ dân phố 3/.test(said), said);
    world.check("keyboard: nothing is wider than 320 px",
        (await world.overflowOf(page)).length === 0);
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    const address = await world.serve("ward", "desk");
    await withoutScript(world, address);
    await byKeys(world, address);
}
