// SPDX-License-Identifier: Apache-2.0
// The form of this page is sent without leaving it: when nobody answers, or nobody can say
// whether it was saved, all that was filled in stays, and a line says what is so.  A second try
// saves nothing twice: the program knows the entry by its name ("once"), also when it was started
// anew in between.
const said = document.getElementById("draft-state");
const form = said.closest("form");
let busy = false;
let refused = false;

const isDoor = (answer) => new URL(answer.url).pathname === "/login";

function say(word) {
    said.className = word === "saving" ? "muted" : "warning";
    said.textContent = said.dataset[word];
}

// What an answer of 5xx says, where it knows that nothing was saved; otherwise nobody knows.
function tell(page) {
    const error = new DOMParser().parseFromString(page, "text/html").querySelector("main .error");
    say("unsure");
    if (error && !("unsure" in error.dataset)) {
        said.textContent = error.textContent;
    }
}

// The token of a program that was started anew.
async function renew() {
    const answer = await fetch(location.href, {headers: {"X-Refresh": 1}});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("input[name=csrf]");
    if (answer.ok && !isDoor(answer) && token) {
        form.elements.csrf.value = token.value;
    }
    return answer;
}

function send(button) {
    const typed = new FormData(form);
    if (button?.name) {
        typed.append(button.name, button.value);
    }
    const body = form.enctype === "multipart/form-data" ? typed : new URLSearchParams(typed);
    return fetch(form.action, {method: "POST", body});
}

async function save(button) {
    let answer = await send(button);
    if (answer.status === 403) {
        answer = await renew();
        answer = isDoor(answer) ? answer : await send(button);
    }
    if (answer.status >= 500) {
        tell(await answer.text());
    } else if (isDoor(answer)) {
        say("door");
    } else if (answer.redirected) {
        location.assign(answer.url);
        return true;
    } else { // refused: the same once more, to be shown with its reason
        refused = true;
        form.requestSubmit(button);
    }
    return false;
}

form.addEventListener("submit", async (event) => {
    if (refused || event.defaultPrevented) { // a photo or a draft is on its way
        refused = false;
        return;
    }
    event.preventDefault();
    if (!busy) {
        busy = true;
        say("saving");
        busy = await save(event.submitter).catch(() => say("unsure")) ?? false;
    }
});
form.addEventListener("stale", () => renew().catch(() => {}));
addEventListener("pageshow", () => { busy = false; });
