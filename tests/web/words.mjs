// SPDX-License-Identifier: Apache-2.0
// words.mjs: what a page says in the wrong language.  What stands in records, names of units and
// of people are nobody's to translate; commands and what a log has in no language are marked so.
import { readFileSync, readdirSync } from "node:fs";
import { LONG_WORD, NOTE, PERSON } from "./stock.mjs";

const VIETNAMESE = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹàáãèéìíòóõùúýĩũ]/i;
const ENGLISH = new RegExp("\\b(the|and|of|is|are|not|with|this|that|from|was|were|have|has|" +
    "you|your|please|all|none|save|saved|search|settings(?!\\.csv)|today|week|month|waiting|" +
    "record|records|choose|back|show|missing)\\b", "i");

function cells(path) {
    return readFileSync(path, "utf8").split(/[\n,;"]+/);
}

// Everything that the stock brought, longest first: a short one may be a part of a long one.
const DATA = [...new Set([
    ...cells("server/campaign/units.csv"),
    ...readdirSync("tests/sample", { withFileTypes: true }).filter((one) => one.isDirectory())
        .flatMap(({ name }) => readdirSync(`tests/sample/${name}`)
            .flatMap((file) => cells(`tests/sample/${name}/${file}`))),
    LONG_WORD, NOTE, PERSON, "Tiếng Việt",
].map((text) => text.trim()).filter((text) => VIETNAMESE.test(text)))]
    .sort((a, b) => b.length - a.length);

// All that can be read, heard or hovered over; not what is marked as of another language.
function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [document.title];
    while (walker.nextNode()) {
        const at = walker.currentNode.parentElement;
        const foreign = at.closest(`script, code, pre, textarea, text, [lang]:not(html)`);
        if (!foreign && walker.currentNode.data.trim()) {
            found.push(walker.currentNode.data.trim());
        }
    }
    found.push(...[...document.querySelectorAll("svg text")].map((one) => one.textContent));
    for (const name of ["title", "placeholder", "aria-label", "alt"]) {
        for (const one of document.querySelectorAll(`[${name}]:not([lang])`)) {
            found.push(one.getAttribute(name));
        }
    }
    return found;
}

function isShortened(text) {
    const shown = /([^:·]*)…$/.exec(text)?.[1].trim();
    return shown && DATA.some((one) => one.startsWith(shown) || one.includes(shown));
}

export async function foreignWords(page, language) {
    return (await page.evaluate(texts)).filter((text) => {
        if (language === "vi") {
            return ENGLISH.test(text) && !/=/.test(text); /* name=value: of a log */
        }
        const own = DATA.reduce((rest, one) => rest.replaceAll(one, ""), text);
        return VIETNAMESE.test(own) && !isShortened(own);
    });
}
