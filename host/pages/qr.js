// SPDX-License-Identifier: Apache-2.0
// The invite is read from a picture of its QR code, here in the browser.  What reads it is large
// and comes with the first picture (jsQR, tools/install-npm).
const LONGEST = [1000, 1600, 700]; // pixels: what is not seen at one size often is at another
const LARGER = 2; // how much a small picture may grow

const chooser = document.getElementById("picture");
const said = document.getElementById("picture-said");
const invite = document.getElementById("invite");

const pause = () => new Promise((done) => { setTimeout(done); });

function say(word) {
    said.className = word === "reading" || word === "read" ? "" : "warning";
    said.textContent = said.dataset[word];
}

function pixelsOf(picture, longest) {
    const scale = Math.min(LARGER, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(picture.width * scale);
    canvas.height = Math.ceil(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.fillStyle = "#fff"; // where a PNG lets through
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return pen.getImageData(0, 0, canvas.width, canvas.height);
}

// The text of a code in the picture; undefined when none is seen.
async function textIn(picture) {
    await import(chooser.dataset.reader); // makes itself known as jsQR
    for (const longest of LONGEST) {
        await pause(); // the page goes on between two tries
        const {data, width, height} = pixelsOf(picture, longest);
        const found = globalThis.jsQR(data, width, height);
        if (found) {
            return found.data;
        }
    }
}

async function read(file) {
    const picture = await createImageBitmap(file).catch(() => null);
    if (!picture) {
        return ["broken"];
    }
    const text = await textIn(picture);
    picture.close();
    return text === undefined ? ["none"]
        : /^wardsync-invite-/i.test(text) ? ["read", text.toLowerCase()] : ["other"];
}

chooser.addEventListener("change", async () => {
    const file = chooser.files[0];
    if (!file) {
        said.textContent = said.className = "";
        return;
    }
    say("reading");
    const [word, text] = await read(file).catch(() => ["failed"]);
    if (chooser.files[0] !== file) { // another one was chosen meanwhile
        return;
    }
    if (text) {
        invite.value = text;
    }
    say(word);
});
chooser.closest(".field").hidden = false;
