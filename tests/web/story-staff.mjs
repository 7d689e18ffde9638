// SPDX-License-Identifier: Apache-2.0
// Two of a ward's staff work at once, each in a browser of their own; every change bears the name.
// A clerk gets no page of the admin's, neither by its address nor by a forged form.
export const sets = ["all"];

const SAVE = "main form button:not([name])";
const BOSS = "Nguyễn Thị Mẫu", CLERK = "Trần Văn Ghi", GUEST = "Lê Thị Xem";
const PINS = { [BOSS]: "482139", [CLERK]: "517283", [GUEST]: "906142" };

async function add(page, name, role) {
    await page.goto("/settings/staff");
    await page.fill("#name", name);
    await page.selectOption("#role", role);
    await page.fill("#pin", PINS[name]);
    await page.fill("#again", PINS[name]);
    await page.click("main form >> text=Thêm");
    await page.waitForLoadState();
}

async function enter(page, name, pin) {
    await page.goto("/login");
    await page.selectOption("#person", { label: name });
    await page.fill("#pin", pin);
    await page.click("main form button");
    await page.waitForLoadState();
}

async function accounts(world, boss) {
    await add(boss, BOSS, "admin");
    await boss.goto("/records");
    world.check("with the first account everybody has to log in",
        new URL(boss.url()).pathname === "/login", boss.url());
    await enter(boss, BOSS, "000000");
    world.check("a wrong PIN opens nothing, and says so", /sai|không đúng/i.test(
        await boss.innerText("main")) && new URL(boss.url()).pathname === "/login",
    await boss.innerText("main"));
    await enter(boss, BOSS, PINS[BOSS]);
    await add(boss, CLERK, "write");
    await add(boss, GUEST, "see");
    world.check("the list has all three", (await boss.$$("main tbody tr")).length === 3);
}

async function participants(page, id, value) {
    await page.goto(`/edit/${id}`);
    await page.fill("#f-participants", value);
    await page.click(SAVE);
    await page.waitForURL("**/records/**");
}

// Both have the same record open; the second one is told, and nothing is overwritten unseen.
async function atOnce(world, boss, clerk) {
    await clerk.goto("/new/cleanup");
    await clerk.fill("#f-participants", "21");
    await clerk.selectOption("#f-unit", { label: "Tổ dân phố 1" });
    await clerk.click(SAVE);
    await clerk.waitForURL("**/records/**");
    const id = new URL(clerk.url()).pathname.split("/").pop();
    await boss.goto(`/edit/${id}`);
    await participants(clerk, id, "22");
    await boss.fill("#f-participants", "23");
    await boss.click(SAVE);
    await boss.waitForSelector("main .error, .error");
    world.check("two at once: the second one is told what changed, and what was typed stays",
        /đã được thay đổi từ khi trang này mở/.test(await boss.innerText("body")) &&
        await boss.inputValue("#f-participants") === "23");
    await boss.click(SAVE);
    await boss.waitForURL("**/records/**");
    const rows = await boss.$$eval("main table tbody tr", (all) =>
        all.map((row) => row.innerText.replaceAll(/\s+/g, " ")));
    const by = (name, value) => rows.some((row) => row.includes(name) && row.includes(value));
    world.check("each change of the history bears the name of whose it is",
        rows.filter((row) => row.includes(CLERK)).length === 2 && by(BOSS, "Sửa"), rows.join("\n"));
    return id;
}

// The form of another page, sent as if the page were there: with the token that the person has.
async function forge(page, path, fields) {
    await page.goto("/");
    return page.evaluate(async ([where, typed]) => {
        const body = new URLSearchParams(typed);
        body.set("csrf", document.querySelector("input[name=csrf]").value);
        return (await fetch(where, { method: "POST", body, redirect: "manual" })).status;
    }, [path, fields]);
}

async function noHigher(world, clerk, guest, id) {
    for (const path of ["/settings", "/settings/staff", "/settings/staff/2"]) {
        const answer = await clerk.goto(path);
        world.check(`a clerk is refused ${path}, in words`, answer.status() === 403 &&
            /quản trị/i.test(await clerk.innerText("body")) &&
            !(await clerk.content()).includes("again"), answer.status());
    }
    const before = world.run("ward", "desk", "staff", "list", "--json");
    const raise = [
        ["/settings/staff/2", { do: "role", role: "admin" }],
        ["/settings/staff/1", { do: "pin", pin: "111111", again: "111111" }],
        ["/settings/staff", { do: "add", name: "Kẻ Lạ", role: "admin", pin: "111111",
            again: "111111" }],
        ["/settings/staff/1", { do: "retire" }],
        ["/settings/backup", {}],
    ];
    for (const [path, fields] of raise) {
        const status = await forge(clerk, path, fields);
        world.check(`a clerk's forged ${fields.do ?? "backup"} is refused`, status === 403, status);
    }
    const held = world.run("ward", "desk", "show", id);
    for (const [path, fields] of [["/new/cleanup", { "f-participants": "1" }],
        [`/delete/${id}`, {}], [`/edit/${id}`, { "f-participants": "1" }], ["/sync", {}]]) {
        const status = await forge(guest, path, fields);
        world.check(`who may only see cannot ${path.split("/")[1]}`, status === 403, status);
    }
    world.check("and nothing was done by any of it",
        world.run("ward", "desk", "staff", "list", "--json") === before &&
        world.run("ward", "desk", "show", id) === held);
    clerk.faults.length = guest.faults.length = 0;
}

async function ends(world, boss, clerk, guest) {
    const page = clerk;
    await page.goto("/new/cleanup");
    await page.fill("#f-note", "chưa lưu");
    await boss.goto("/settings/staff/2");
    await boss.fill("#pin", "775533");
    await boss.fill("#again", "775533");
    await boss.click("text=Đặt mã mới >> visible=true >> nth=-1");
    await boss.waitForURL("**done=pin**");
    await page.fill("#f-participants", "31");
    await page.selectOption("#f-unit", { label: "Tổ dân phố 2" });
    await page.click(SAVE);
    await page.waitForFunction(() => /phiên đăng nhập đã hết/.test(
        document.querySelector("#draft-state").textContent));
    world.check("a new PIN ends the log-in, and what was filled in stays",
        await page.inputValue("#f-participants") === "31");
    const second = await page.context().newPage();
    await enter(second, CLERK, PINS[CLERK]);
    world.check("the old PIN opens nothing any more",
        new URL(second.url()).pathname === "/login", second.url());
    await enter(second, CLERK, "775533");
    await page.click(SAVE);
    await page.waitForURL("**/records/**");
    world.check("logged in again in another tab, the form that stayed is saved",
        /31/.test(await page.innerText("main")));
    await guest.goto("/");
    await guest.click("header >> text=Đăng xuất");
    await guest.waitForLoadState();
    await guest.goto("/records");
    world.check("logged out there is no page any more",
        new URL(guest.url()).pathname === "/login", guest.url());
    page.faults.length = 0;
}

export default async function (world) {
    await world.makeDistrict();
    await world.serve("district", "district");
    world.join("desk", "Bồ Đề");
    const address = await world.serve("ward", "desk");
    const [boss, clerk, guest] = [await world.person(address), await world.person(address),
        await world.person(address)];
    await accounts(world, boss);
    await enter(clerk, CLERK, PINS[CLERK]);
    await enter(guest, GUEST, PINS[GUEST]);
    const id = await atOnce(world, boss, clerk);
    await noHigher(world, clerk, guest, id);
    await ends(world, boss, clerk, guest);
}
