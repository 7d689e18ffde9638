// SPDX-License-Identifier: Apache-2.0
// tap.mjs: counts and prints results; a failing check goes on with the next.
export class Tap {
    count = 0;
    failed = 0;
    story = "";

    begin(story) {
        this.story = story;
    }

    check(name, truth, detail = "") {
        this.count++;
        this.failed += truth ? 0 : 1;
        const line = `${truth ? "ok" : "not ok"} ${this.count} - ${this.story}: ${name}`;
        console.log(truth ? line : `${line}\n# ${String(detail).replaceAll("\n", "\n# ")}`);
    }

    skip(name, reason) {
        this.count++;
        console.log(`ok ${this.count} - ${this.story}: ${name} # SKIP ${reason}`);
    }

    end() {
        console.log(`1..${this.count}`);
        process.exitCode = this.failed ? 1 : 0;
    }
}
