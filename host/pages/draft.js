// SPDX-License-Identifier: Apache-2.0
// What is typed into the form of this page is kept as a draft: two seconds behind the last key,
// and when the page is left.  It says "kept" only when the program said so.
const WAIT_MS = 2000;
const AGAIN_MS = 15000;
const LONGEST_MS = 10000;
const said = document.getElementById("draft-state");
const form = said?.form ?? said?.closest("form");
let timer = 0;
let typed = false; // since what was kept last
let leaving = false; // the form itself was sent
let keeping = null;

function words() {
    const sent = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
        if (typeof value === "string") { // no files
            sent.append(name, value);
        }
    }
    sent.set("then", "draft");
    sent.set("script", "1");
    return sent;
}

async function send(last) {
    clearTimeout(timer);
    typed = false;
    try {
        const answer = await fetch(form.action, {
            method: "POST", body: words(), redirect: "manual", keepalive: last,
            signal: AbortSignal.timeout(LONGEST_MS),
        });
        if (answer.status === 403) { // the program was started anew; save.js
            form.dispatchEvent(new Event("stale"));
        }
        const time = answer.ok ? await answer.text() : "";
        if (!/^\d\d:\d\d$/.test(time)) { // refused, or nobody is logged in any more
            throw new Error("not kept");
        }
        said.className = "muted";
        said.textContent = `${said.dataset.kept} ${time}`;
        history.replaceState(null, "", `${form.action}?draft=${form.elements.once.value}`);
    } catch {
        typed = true;
        said.textContent = said.dataset.failed;
        timer = setTimeout(keep, AGAIN_MS);
    }
}

// One after the other: an older state never comes behind a newer one.
function keep() {
    const last = (keeping ?? Promise.resolve()).then(() => typed && !leaving ? send(false) : null)
        .finally(() => { keeping = keeping === last ? null : keeping; });
    keeping = last;
}

function leave() {
    if (typed && !leaving) {
        send(true);
    }
}

function soon() {
    typed = true;
    leaving = false; // it was sent, and nobody answered
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT_MS);
}

form?.addEventListener("input", soon);
if (form?.querySelector("[aria-invalid]")) { // it was sent and refused
    soon();
}
// A draft on its way must not come behind the record.
form?.addEventListener("submit", (event) => {
    clearTimeout(timer);
    leaving = true;
    if (keeping) {
        event.preventDefault();
        keeping.finally(() => form.requestSubmit(event.submitter));
    }
});
addEventListener("pageshow", () => { leaving = false; });
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => document.hidden && leave());
