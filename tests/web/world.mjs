// SPDX-License-Identifier: Apache-2.0
// world.mjs: real programs in a temporary folder, and people with browsers before them.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BUILD = resolve(process.env.BUILD ?? "build");
const ofBuild = createRequire(join(BUILD, "web", "package.json"));
const { chromium } = ofBuild("playwright-core");
const AXE = readFileSync(ofBuild.resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const START_MS = 30_000;
export const SHOTS = join(BUILD, "web", "shots");

export function openBrowser() {
    return chromium.launch({
        executablePath: "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}

export function freePort() {
    return new Promise((done) => {
        const probe = createServer().listen(0, "127.0.0.1", () => {
            const { port } = probe.address();
            probe.close(() => done(port));
        });
    });
}

// One district, any number of wards, any number of people.
export class World {
    constructor(browser, tap) {
        this.browser = browser;
        this.tap = tap;
        this.folder = mkdtempSync(join(tmpdir(), "wardsync-web-"));
        this.env = { ...process.env, WARDSYNC_STATE: join(this.folder, "state") };
        this.running = new Map();
        this.pages = new Map();
        this.people = [];
    }

    check(name, truth, detail) {
        this.tap.check(name, truth, detail);
    }

    path(name) {
        return join(this.folder, name);
    }

    // A command of `ward` or `district` in the data directory `data`; its stdout.
    run(program, data, ...words) {
        return this.runWith({}, program, data, ...words);
    }

    runWith({ input = "", codes = [0] }, program, data, command, ...words) {
        const done = spawnSync(join(BUILD, program),
            [command, "--data-dir", this.path(data), "--lang", "en", ...words],
            { input, env: this.env, encoding: "utf8", maxBuffer: 64 << 20 });
        if (!codes.includes(done.status)) {
            throw new Error(`${program} ${command} ${words.join(" ")} answered ${done.status}: ` +
                done.stderr);
        }
        return done.stdout;
    }

    // A district with the campaign's units and forms, at a port of its own.
    async makeDistrict() {
        this.port = await freePort();
        this.run("district", "district", "init", "--units", "server/campaign/units.csv",
            "--forms", "server/campaign/forms", "--address", `tcp://127.0.0.1:${this.port}`);
    }

    // A device of a ward; the district has to serve.
    join(data, unit) {
        const invite = this.run("district", "district", "enrol", "--unit", unit, "--name", data);
        this.run("ward", data, "join", invite.trim());
    }

    // `serve` with pages; answers the address of these, where they were before.
    async serve(program, data, ...words) {
        const pages = this.pages.get(data) ?? "127.0.0.1:0";
        const child = spawn(join(BUILD, program),
            ["serve", "--data-dir", this.path(data), "--lang", "vi", "--pages", pages, ...words],
            { env: this.env, stdio: ["ignore", "ignore", "pipe"] });
        this.running.set(data, child);
        child.said = "";
        const address = await new Promise((done, fail) => {
            const late = setTimeout(() => fail(new Error(`${data} does not start`)), START_MS);
            child.stderr.setEncoding("utf8").on("data", (text) => {
                child.said += text;
                const found =
                    /event=pages-started .*pid=(\d+).* address=(\S+)/.exec(child.said);
                if (found) {
                    clearTimeout(late);
                    child.pagesPid = Number(found[1]);
                    this.pages.set(data, found[2]);
                    done(`http://${found[2]}`);
                }
            });
            child.on("exit", (code) => fail(new Error(`${data} ended (${code}): ${child.said}`)));
        });
        return address;
    }

    addressOf(data) {
        return `http://${this.pages.get(data)}`;
    }

    // Ends `serve` of a data directory and waits for it.
    async stop(data, signal = "SIGTERM") {
        const child = this.running.get(data);
        if (child && child.exitCode === null && child.signalCode === null) {
            const over = new Promise((done) => child.once("exit", done));
            child.kill(signal);
            await over;
        }
        this.running.delete(data);
    }

    // Kills `serve`, whoever shows its pages and whatever command runs for these, all at once.
    async killAll(data) {
        const child = this.running.get(data);
        const over = new Promise((done) => child.once("exit", done));
        const line = [child.pid];
        const each = (act) => {
            for (const pid of line) { /* grows by those who were started */
                try {
                    act(pid);
                } catch (error) { /* gone by itself: those above take it along */
                    if (!/ESRCH|ENOENT/.test(error.code)) {
                        throw error;
                    }
                }
            }
        };
        each((pid) => {
            line.push(...readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ")
                .filter(Boolean).map(Number));
        });
        each((pid) => process.kill(pid, "SIGKILL"));
        await over;
        this.running.delete(data);
    }

    // A person with a browser of their own.  Everything the page throws or logs as an error is a
    // failure of the story.
    async person(address, { width = 1280, height = 800, script = true, dark = false,
        language = "vi" } = {}) {
        const context = await this.browser.newContext({
            baseURL: address, viewport: { width, height }, javaScriptEnabled: script,
            colorScheme: dark ? "dark" : "light", locale: "vi-VN", bypassCSP: false,
            ignoreHTTPSErrors: true,
        });
        await context.addCookies([{ name: "lang", value: language, url: address }]);
        return this.tab(context);
    }

    // Another tab of somebody.
    async tab(context) {
        const page = await context.newPage();
        page.faults = [];
        page.on("pageerror", (error) => page.faults.push(String(error)));
        page.on("console", (message) => {
            if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) {
                page.faults.push(message.text());
            }
        });
        this.people.push(page);
        return page;
    }

    // What axe-core finds on the page as it stands, in words.
    async faultsOf(page) {
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(
            (tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }),
            WCAG);
        return violations.map((one) =>
            `${one.id}: ${one.help} (${one.nodes.map((node) => node.target).join(", ")})`);
    }

    // Is anything wider than the screen, but for what scrolls by itself?
    async overflowOf(page) {
        return page.evaluate(() => {
            const room = document.documentElement.clientWidth;
            return document.documentElement.scrollWidth > room
                ? [...document.querySelectorAll("body *")]
                    .filter((one) => one.getBoundingClientRect().right > room + 1 &&
                        !one.closest(".table-box"))
                    .map((one) => `${one.tagName}.${one.className}`).slice(0, 5)
                : [];
        });
    }

    async photograph(name, page) {
        mkdirSync(SHOTS, { recursive: true });
        for (const one of page ? [page] : this.people) {
            await one.screenshot({ path: join(SHOTS, `${this.tap.story}-${name}.png`),
                fullPage: true }).catch(() => {});
        }
    }

    async close() {
        for (const page of this.people) {
            if (page.faults.length > 0) {
                this.check("no page throws or logs an error", false, page.faults.join("\n"));
            }
            await page.context().close();
        }
        for (const data of [...this.running.keys()]) {
            await this.stop(data, "SIGKILL");
        }
        rmSync(this.folder, { recursive: true, force: true });
    }
}
