// SPDX-License-Identifier: Apache-2.0
// A form is sent, looked at, published, and filled in at the ward; a broken one is refused.
import { readFileSync } from "node:fs";

export const sets = ["all"];

const SOURCE = "server/campaign/forms/cleanup";
const NARROW = 320;
const WEATHER = "\nselect_one weather,weather,14,Thời tiết,Weather,Ra trời,Look out,,,,,count,,";
const CHOICES = "list_name,name,number,label::Tiếng Việt (vi),label::English (en)\n" +
    "weather,sun,1,Nắng,Sun\nweather,rain,2,Mưa,Rain\n";

function csv(name, text) {
    return { name: `${name}.csv`, mimeType: "text/csv", buffer: Buffer.from(text) };
}

// The sheets of the clean-up form; `change` gets the survey.
function sheets(version, change) {
    const settings = readFileSync(`${SOURCE}/settings.csv`, "utf8");
    const survey = readFileSync(`${SOURCE}/survey.csv`, "utf8");
    return {
        settings: csv("settings", settings.replace("cleanup,16,1,", `cleanup,16,${version},`)),
        survey: csv("survey", change(survey)),
        choices: csv("choices", CHOICES),
    };
}

async function send(page, files) {
    await page.goto("/admin/forms");
    await page.click("main >> text=Đăng biểu mẫu");
    for (const [name, file] of Object.entries(files)) {
        await page.setInputFiles(`#${name}`, file);
    }
    await page.click("text=Xem trước");
    await page.waitForURL("**/admin/forms/new-version?kept=*");
}

async function looksWell(world, page, what) {
    const faults = await world.faultsOf(page);
    world.check(`${what}: axe-core finds nothing`, faults.length === 0, faults.join("\n"));
    await page.setViewportSize({ width: NARROW, height: 700 });
    const wide = await world.overflowOf(page);
    world.check(`${what}: nothing is wider than ${NARROW} px`, wide.length === 0, wide.join(" "));
    await page.setViewportSize({ width: 1280, height: 800 });
}

export default async function (world) {
    await world.makeDistrict();
    const district = await world.serve("district", "district");
    world.join("desk", "bo de");
    const office = await world.person(district);
    await send(office, sheets(2, (survey) =>
        survey.replace("text,note,11", "integer,note,11").trimEnd() + WEATHER));
    await looksWell(world, office, "what is refused");
    world.check("a broken form is told by its cell and cannot be published",
        /survey\.csv\s+12\s+type/.test(await office.innerText("main")) &&
        await office.locator("text=Đăng biểu mẫu này").count() === 0);
    await send(office, sheets(2, (survey) => survey.trimEnd() + WEATHER));
    await looksWell(world, office, "the preview");
    world.check("the preview shows the new question as the ward will see it",
        await office.locator("legend >> text=Thời tiết").count() === 1);
    await office.click("text=Đăng biểu mẫu này");
    await office.waitForURL("**/admin/forms?done=published");
    world.run("ward", "desk", "sync");
    const clerk = await world.person(await world.serve("ward", "desk"));
    await clerk.goto("/new/cleanup");
    await clerk.fill("#f-participants", "27");
    await clerk.selectOption("#f-unit", { label: "Tổ dân phố 2" });
    await clerk.check("text=Mưa");
    await clerk.click("main form button:not([name])");
    await clerk.waitForURL("**/records/**");
    world.check("the clerk answers it", /Mưa/.test(await clerk.innerText("main")));
}
