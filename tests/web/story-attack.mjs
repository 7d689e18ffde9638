// SPDX-License-Identifier: Apache-2.0
// Script in what people write, a foreign page that posts, a foreign name for this machine, paths
// that climb, bodies that are too long: each is refused, and nothing was done by it.
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
}
