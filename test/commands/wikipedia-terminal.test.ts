import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { missingTerminal, runAtTerminal } from "../support/terminal.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingTerminal();
const dump = dumpOf(articlePages(1500));

async function withDump(use: (folder: string, flags: string[]) => void): Promise<void> {
  await withTempFolder((folder) => {
    writeFileSync(`${folder}/dump.xml`, dump);
    use(folder, ["wikipedia", "--dump", `${folder}/dump.xml`, "--out", `${folder}/memories.jsonl`]);
  });
}

const never = (folder: string) => ({ question: "no such question", keys: "", folder });

test("a terminal shows a bar of the dump's share, and the summary in its place", { skip }, async () => {
  await withDump((folder, flags) => {
    const { code, screen } = runAtTerminal(flags, never(folder));
    assert.equal(code, 0, screen);
    const bars = [...screen.matchAll(/Articles: +(\d+)%\|[█░]{24}\| (\d+) \[\d\d:\d\d<(?:\d\d:\d\d|\?), [\d.]+\/s\]/g)];
    assert.ok(bars.length >= 2, screen);
    const shares = bars.map(([, percent]) => Number(percent));
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.deepEqual([shares.at(-1), bars.at(-1)![2]], [100, "1500"]);
    assert.match(screen, /\x1b\[2KTotal pages: {3}1,500\r\nIngested: {6}1,500\r\n/); // oxlint-disable-line no-control-regex
  });
});

test("with --limit the bar is of the limit", { skip }, async () => {
  await withDump((folder, flags) => {
    const { code, screen } = runAtTerminal([...flags, "--limit", "600"], never(folder));
    assert.equal(code, 0, screen);
    assert.match(screen, /Articles: 100%\|█{24}\| 600\/600 \[/);
  });
});

test("--quiet and a standard error that is no terminal show no bar", { skip }, async () => {
  await withDump((folder, flags) => {
    assert.equal(runAtTerminal([...flags, "--limit", "50", "--quiet"], never(folder)).screen, "");
  });
  await withDump((folder, flags) => {
    const redirected = { stream: "stderr", path: `${folder}/errors` } as const;
    const { screen } = runAtTerminal([...flags, "--limit", "50"], { ...never(folder), redirected });
    assert.match(screen, /^Total pages: {3}50\r\n/);
    assert.equal(readFileSync(`${folder}/errors`, "utf8"), "");
  });
});

test("Ctrl-C says how to go on, and leaves the terminal as it was", { skip }, async () => {
  await withDump((folder, flags) => {
    const typing = { question: "Articles:  ", keys: "\x03", folder };
    const { code, screen } = runAtTerminal([...flags, "--batch-size", "1"], typing);
    assert.equal(code, 130, screen);
    assert.match(
      screen,
      /seedbed: Interrupted: ([\d,]+ articles are in \S+\.part; go on with --resume|nothing was written)\r\n$/,
    );
    assert.ok(screen.lastIndexOf("\x1b[?25h") > screen.lastIndexOf("\x1b[?25l"), "the cursor is hidden");
  });
});
