// SPDX-License-Identifier: Apache-2.0
// When the program says that something changed, each element with an id and data-live takes over
// its new self; where somebody types or decides, a line says that there is news.
const SOONEST_MS = 5000, JITTER_MS = 2000;
const WITHOUT_MS = 30000; // as often without a stream
const own = document.querySelector("script[data-revision]").dataset;
const typed = new WeakSet();
let shown = own.revision, told = shown;
let stream, timer, last = 0;

function say(word) {
    document.getElementById("live-word")?.replaceChildren(word);
}

function take(old, fresh) {
    const all = (kind) => [...old.querySelectorAll(kind)];
    const reached = "a,button,summary,[tabindex]";
    const at = all(reached).indexOf(document.activeElement);
    const moved = all(".table-box").map((box) => box.scrollLeft);
    old.className = fresh.className;
    old.replaceChildren(...fresh.childNodes);
    all(".table-box").forEach((box, i) => { box.scrollLeft = moved[i] ?? 0; });
    all(reached)[at]?.focus({preventScroll: true});
}

async function refresh() {
    let word = "";
    timer = 0;
    last = Date.now();
    try {
        const answer = await fetch(location.href, {redirect: "manual",
            headers: {"X-Refresh": 1}, signal: AbortSignal.timeout(WITHOUT_MS)});
        if (!answer.ok) { // logged out, or gone
            return stop();
        }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        shown = page.querySelector("script[data-revision]")?.dataset.revision ?? told;
        for (const old of document.querySelectorAll("[id][data-live]")) {
            const fresh = page.getElementById(old.id);
            if (!fresh || old.innerHTML === fresh.innerHTML) {
                continue;
            }
            if (typed.has(old) || old.dataset.live) {
                word = own.changed;
            } else {
                take(old, fresh);
            }
        }
    } catch {
        word = own.offline;
    }
    say(word);
    if (stream && told !== shown) {
        soon();
    }
}

function soon() {
    timer ||= setTimeout(refresh,
        Math.max(0, last + SOONEST_MS - Date.now()) + Math.random() * JITTER_MS);
}

function stop() {
    timer = clearTimeout(timer);
    stream = stream?.close();
}

function listen() {
    stop();
    stream = new EventSource("/live");
    stream.addEventListener("change", (event) => {
        told = event.data;
        if (told !== shown) {
            soon();
        }
    });
    stream.addEventListener("error", () => {
        shown = "";
        if (stream.readyState === EventSource.CLOSED) {
            timer = setTimeout(() => refresh().then(listen), WITHOUT_MS);
        } else {
            say(own.offline);
        }
    });
}

addEventListener("input", ({target}) => typed.add(target.closest("[data-live]") ?? target));
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);
