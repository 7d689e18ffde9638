// SPDX-License-Identifier: Apache-2.0
// A photo that is larger than its form takes is made smaller in the page, sent, and shown.
import { phonePhoto } from "./stock.mjs";

export const sets = ["all"];

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    const page = await world.person(await world.serve("ward", "desk"));
    await page.goto("/new/cleanup");
    const buffer = await phonePhoto(page, 4000, 3000);
    world.check("the phone's photo is larger than the form takes", buffer.length > 2_000_000,
        String(buffer.length));
    await page.setInputFiles("#f-photo_before", { name: "IMG 1.jpg", mimeType: "image/jpeg", buffer });
    await page.waitForFunction(() =>
        /thu nhỏ ảnh: [\d.,]+ MB → [\d.,]+ [kM]B$/.test(document.querySelector("#f-photo_before-size").textContent));
    const sent = await page.evaluate(() => document.querySelector("#f-photo_before").files[0].size);
    world.check("it is made smaller before it is sent, and that is said", sent <= 2_000_000, String(sent));
    await page.setInputFiles("#f-photo_after", { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
    await page.setInputFiles("#f-photo_after", []);
    await page.fill("#f-participants", "25");
    await page.selectOption("#f-unit", { label: "Tổ dân phố 2" });
    await page.click("main form button:not([name])");
    await page.waitForURL("**/records/**");
    await page.waitForFunction(() => document.querySelector("a.photo img")?.naturalWidth > 0);
    const size = await page.evaluate(() => {
        const picture = document.querySelector("a.photo img");
        return [picture.naturalWidth, picture.naturalHeight];
    });
    world.check("the record shows it, 1280 pixels long", size[0] === 1280 && size[1] === 960,
        String(size));
}
