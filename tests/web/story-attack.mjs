// SPDX-License-Identifier: Apache-2.0
// Script in what people write, a foreign page that posts, a foreign name for this machine, paths
// that climb, bodies that are too long: each is refused, and nothing was done by it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { dayBefore } from "./stock.mjs";

export const sets = ["short"];

const EVIL = `<script>window.hit=1</script><img src=x onerror="window.hit=1">"'><svg onload=hit>`;

// The status of a request as no browser would send it.
function ask(address, path, { method = "GET", headers = {}, body = "" } = {}) {
    const { hostname, port } = new URL(address);
    return new Promise((done, fail) => {
        const sent = request({ hostname, port, path, method, headers }, (answer) => {
            let text = "";
            answer.on("data", (part) => { text += part; });
            answer.on("end", () => done({ status: answer.statusCode, text }));
        });
        sent.on("error", fail);
        sent.end(body);
    });
}

async function script(world, address, id) {
    const page = await world.person(address);
    for (const path of ["/", "/records", `/records/${id}`, `/edit/${id}`,
        `/records?q=${encodeURIComponent(EVIL)}`]) {
        await page.goto(path);
        const state = await page.evaluate(() => ({
            hit: globalThis.hit !== undefined,
            foreign: document.querySelectorAll(
                "main script:not([src^='/']), main img[src=x], main svg[onload]").length,
        }));
        world.check(`script in what people wrote stays text: ${path.slice(0, 24)}`,
            !state.hit && state.foreign === 0, JSON.stringify(state));
    }
    world.check("what was written is there, all of it",
        (await page.goto(`/records/${id}`)) && (await page.textContent("main")).includes(EVIL));
}

// A page of another origin, open in the same browser, posts a form of the desk.
async function foreignPage(world, address) {
    const before = world.run("ward", "desk", "list", "--json");
    const evil = createServer((_, answer) => {
        answer.setHeader("content-type", "text/html");
        answer.end(`<form method="post" action="${address}/new/cleanup">
            <input name="f-date" value="${dayBefore(0)}"><input name="f-unit" value="901">
            <input name="f-participants" value="5000"></form>
            <script>document.forms[0].submit()</script>`);
    });
    await new Promise((done) => evil.listen(0, "127.0.0.1", done));
    const page = await world.person(address);
    await page.goto("/");
    const [answer] = await Promise.all([
        page.waitForResponse((one) => one.request().method() === "POST"),
        page.goto(`http://127.0.0.1:${evil.address().port}/`),
    ]);
    world.check("a form sent by a foreign page is refused", answer.status() === 403,
        answer.status());
    world.check("and nothing was saved", world.run("ward", "desk", "list", "--json") === before);
    evil.close();
    page.faults = [];
}

// A form with files as no browser would send it; `parts` are [head, body].
async function upload(page, path, parts) {
    return page.evaluate(async ([where, all]) => {
        const token = document.querySelector("input[name=csrf]").value;
        const text = [['name="csrf"', token], ...all].map(([head, body]) =>
            `--cut\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`).join("");
        const answer = await fetch(where, { method: "POST", redirect: "manual",
            headers: { "content-type": "multipart/form-data; boundary=cut" },
            body: `${text}--cut--\r\n` });
        return { status: answer.status, text: await answer.text() };
    }, [path, parts]);
}

function listed(world) {
    return world.run("ward", "desk", "list", "--json").split("\n").filter(Boolean);
}

// Names that climb, a page that calls itself a picture, more than the form takes.
async function files(world, address) {
    const page = await world.person(address);
    await page.goto("/new/cleanup");
    const typed = [['name="f-date"', dayBefore(0)], ['name="f-unit"',
        await page.getAttribute("#f-unit option >> nth=1", "value")],
    ['name="f-participants"', "5"]];
    const before = listed(world).length;
    const html = "<!doctype html><script>window.hit=1</script>";
    for (const name of ["x.html", "x.jpg", "../../../etc/passwd", "..\\\\..\\\\site.conf"]) {
        const { status } = await upload(page, "/new/cleanup", [...typed,
            [`name="f-photo_before"; filename="${name}"\r\nContent-Type: image/jpeg`, html]]);
        world.check(`a page that calls itself a photo is refused: ${name}`,
            status === 422 || status === 400, status);
    }
    const large = await upload(page, "/new/cleanup", [...typed,
        ['name="f-photo_before"; filename="a.jpg"', "x".repeat(17 << 20)]]);
    world.check("an upload that is too large is refused", large.status === 413, large.status);
    world.check("and none of them became a record", listed(world).length === before);
    page.faults = [];
    const picture = await page.evaluate(() => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 8;
        return canvas.toDataURL("image/jpeg").split(",")[1];
    });
    await page.setInputFiles("#f-photo_before", { name: "../../conf.d/x.conf",
        mimeType: "image/jpeg", buffer: Buffer.from(picture, "base64") });
    await page.fill("#f-participants", "6");
    await page.selectOption("#f-unit", { index: 1 });
    await page.click("main form button:not([name])");
    await page.waitForURL("**/records/**");
    world.check("whatever a picture is called, it is kept under no name of its own",
        !/conf/.test(await page.getAttribute("a.photo", "href")) &&
        !existsSync(world.path("conf.d")) && !existsSync(world.path("desk/../conf.d/x.conf")));
}

// Script in the names of people, of devices and of units, at both programs.
async function names(world, desk) {
    world.run("ward", "desk", "staff", "add", EVIL);
    const invite = world.run("district", "district", "enrol", "--unit", "Bồ Đề", "--name",
        "<img src=x onerror=hit=1>").trim();
    world.run("ward", "second", "join", invite);
    world.run("ward", "second", "add", "cleanup", `date=${dayBefore(0)}`, "unit=Tổ dân phố 1",
        "participants=3");
    world.run("ward", "second", "sync");
    writeFileSync(world.path("units.csv"), readFileSync("server/campaign/units.csv", "utf8")
        .trimEnd() + "\n9999,ward,,<svg onload=hit=1>,1,,\n");
    world.run("district", "district", "units", "publish", world.path("units.csv"), "--yes");
    world.run("district", "district", "staff", "add", EVIL);
    const office = world.addressOf("district");
    for (const [address, paths] of [[desk, ["/settings/staff", "/settings", "/sync"]],
        [office, ["/", "/wards", "/totals", "/trends", "/map", "/log", "/records", "/admin/devices",
            "/admin/units", "/admin/staff", "/admin/log", "/admin/devices/new"]]]) {
        const page = await world.person(address);
        const bad = [];
        for (const path of paths) {
            await page.goto(path);
            const found = await page.evaluate(() => globalThis.hit !== undefined ||
                document.querySelector("main script:not([src^='/']), img[src=x], svg[onload]"));
            bad.push(...(found ? [path] : []));
        }
        world.check("script in names of people, devices and units stays text", bad.length === 0,
            bad.join(" "));
    }
    const page = await world.person(office);
    await page.goto("/admin/devices");
    const devices = await page.innerText("main");
    await page.goto("/wards");
    world.check("and the names are there, all of them", devices.includes("<img src=x onerror=hit=1>") &&
        (await page.innerText("main")).includes("<svg onload=hit=1>"));
}

async function raw(world, address) {
    const foreign = await ask(address, "/", { headers: { host: "evil.example:80" } });
    world.check("a foreign name for this machine is refused, and nothing told",
        foreign.status === 421 && !foreign.text.includes("Bồ Đề"), foreign.status);
    const before = world.run("ward", "desk", "list", "--json");
    for (const path of ["/../../etc/passwd", "/records/..%2f..%2fsite.conf",
        "/%2e%2e/%2e%2e/etc/passwd", "/style-../../etc/passwd"]) {
        const { status, text } = await ask(address, path);
        world.check(`a path that climbs leads nowhere: ${path}`,
            status >= 400 && status < 500 && !/root:/.test(text), status);
    }
    const host = new URL(address).host;
    const long = await ask(address, "/new/cleanup", { method: "POST", body: "x".repeat(1 << 20),
        headers: { host, origin: address, "content-type": "application/x-www-form-urlencoded" } });
    world.check("a body that is too long is refused", long.status === 413, long.status);
    const bare = await ask(address, "/sync", { method: "POST", body: "csrf=00",
        headers: { host, origin: address, "content-type": "application/x-www-form-urlencoded" } });
    world.check("a form without the token of its page is refused", bare.status === 403,
        bare.status);
    world.check("and nothing was saved by any",
        world.run("ward", "desk", "list", "--json") === before);
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    const id = world.run("ward", "desk", "add", "cleanup", `date=${dayBefore(0)}`,
        "unit=Tổ dân phố 1", "participants=3", `note=${EVIL}`).trim();
    const address = await world.serve("ward", "desk");
    await script(world, address, id);
    await foreignPage(world, address);
    await raw(world, address);
    await files(world, address);
    if (process.argv[2] === "all") { /* many pages */
        await names(world, address);
    }
}
