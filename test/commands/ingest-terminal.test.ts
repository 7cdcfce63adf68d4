import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { memoryLines, writeLines } from "../support/ingest.ts";
import { missingTerminal, runAtTerminal } from "../support/terminal.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingTerminal();
const doubleScript = fileURLToPath(new URL("../doubles/engram.ts", import.meta.url));
const launcher = "deno" in process.versions ? ["run", "-A", "--no-check"] : ["--import", "tsx"];

/** Runs `use` with a store in a process of its own: a terminal is waited for without a turn for this one. */
async function withStore(flags: string[], use: (url: string, folder: string) => void): Promise<void> {
  const args = [...launcher, doubleScript, "--port", "0", "--no-dedup", ...flags];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(child.stdout, "data")) as [Uint8Array];
    const url = new TextDecoder().decode(line).trim();
    await withTempFolder((folder) => {
      writeLines(`${folder}/m.jsonl`, memoryLines(0, 1500));
      use(url, folder);
    });
  } finally {
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
  }
}

test(
  "a terminal shows a bar with rate, time left and retries, and what is said stands above it",
  { skip },
  async () => {
    await withStore(["--delay", "10", "--too-many", "0.01", "--retry-after", "0"], (url, folder) => {
      const args = ["ingest", "--input", `${folder}/m.jsonl`, "--endpoint", url, "--limit", "1200"];
      const { code, screen } = runAtTerminal(args, { question: "no such question", keys: "", folder });
      assert.equal(code, 0, screen);
      const bar =
        /Ingesting memories: +(\d+)%\|?[█░]*\|? (\d+)\/1200 \[\d\d:\d\d<(?:\d\d:\d\d|\?), [\d.]+mem\/s(, retries=\d+)?\]/g;
      const bars = [...screen.matchAll(bar)];
      assert.ok(bars.length >= 3, screen);
      assert.ok(
        bars.some(([, , , retries]) => retries),
        "no retries are told",
      );
      const done = bars.map(([, , count]) => Number(count));
      assert.deepEqual(
        done,
        done.toSorted((a, b) => a - b),
      );
      assert.equal(done.at(-1), 1200);
      assert.match(screen, /\r\x1b\[2KTrying again in \d\.\d s: store memory "memory-\d+": Too many requests\r\n/); // oxlint-disable-line no-control-regex
      assert.match(screen, /\x1b\[2KTotal: {18}1,200\r\nSuccessfully ingested: {2}1,200\r\n/); // oxlint-disable-line no-control-regex
    });
  },
);

test("Ctrl-C at a terminal says how to go on, and leaves it as it was", { skip }, async () => {
  await withStore(["--delay", "10"], (url, folder) => {
    const args = ["ingest", "--input", `${folder}/m.jsonl`, "--endpoint", url];
    const { code, screen } = runAtTerminal(args, { question: "mem/s", keys: "\x03", folder });
    assert.equal(code, 130, screen);
    assert.match(
      screen,
      /seedbed: Interrupted: ([\d,]+ rows are known to be stored; go on with --resume|nothing was stored)\r\n$/,
    );
    assert.ok(screen.lastIndexOf("\x1b[?25h") > screen.lastIndexOf("\x1b[?25l"), "the cursor is hidden");
  });
});
