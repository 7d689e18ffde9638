// SPDX-License-Identifier: Apache-2.0
// A chosen picture is made smaller before it is sent: to the pixels and bytes of its form.  It
// says what became of it; without this script the file is sent as it is.
const QUALITIES = [0.85, 0.7, 0.55, 0.4];
const sizes = new Intl.NumberFormat(document.documentElement.lang, {maximumFractionDigits: 1});

function size(bytes) {
    return bytes < 1e6 ? `${sizes.format(Math.ceil(bytes / 1e3))} kB`
                       : `${sizes.format(bytes / 1e6)} MB`;
}

async function smaller(file, pixels, bytes) {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, pixels / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size <= bytes) {
        return file;
    }
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff"; // where a PNG lets through
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
        const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });
        if (blob && blob.size <= bytes && blob.size < file.size) {
            return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", {type: blob.type});
        }
    }
    return file;
}

async function take(input) {
    const said = document.getElementById(`${input.id}-size`);
    const file = input.files[0];
    const bytes = Number(input.dataset.bytes);
    said.textContent = "";
    if (!file) {
        return;
    }
    let made = file;
    if (input.accept.includes("image/jpeg") && file.type.startsWith("image/")) {
        made = await smaller(file, Number(input.dataset.pixels), bytes).catch(() => file);
    }
    if (input.files[0] !== file) { // another one was chosen meanwhile
        return;
    }
    if (made !== file) {
        const chosen = new DataTransfer();
        chosen.items.add(made);
        input.files = chosen.files;
        said.textContent = `${said.dataset.smaller} ${size(file.size)} → ${size(made.size)}`;
    } else {
        said.textContent = made.size > bytes ? `${said.dataset.large} ${size(made.size)}`
                                             : size(made.size);
    }
}

for (const input of document.querySelectorAll("input[type=file][data-pixels]")) {
    let busy = null;
    input.addEventListener("change", () => { busy = take(input).finally(() => { busy = null; }); });
    input.form.addEventListener("submit", (event) => {
        if (busy) { // the smaller one is on its way
            event.preventDefault();
            busy.finally(() => input.form.requestSubmit(event.submitter));
        }
    });
}
