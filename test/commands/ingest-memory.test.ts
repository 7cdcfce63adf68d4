import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { tellPeak } from "../support/peak.ts";
import { memoryLines, writeLines } from "../support/ingest.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = process.platform !== "linux" && "resident memory is counted in other ways elsewhere";
const MOST = 300e6;

const built = buildCli();
after(() => built.remove());
const launcher =
  "deno" in process.versions ? ["run", "-A", "--no-prompt", "--preload", tellPeak] : ["--import", tellPeak];

/** Peak of resident memory of a load, in bytes. */
async function peakOf(...args: string[]): Promise<number> {
  const { code, stderr } = await runToEnd(
    spawnQuietly(process.execPath, [...launcher, built.entry, "ingest", ...args, "--quiet"]),
  );
  assert.equal(code, 0, stderr);
  return Number(/peak (\d+)$/.exec(stderr)?.[1]) * 1024;
}

test("a store that is slower than the reading of its input does not fill the memory", { skip }, async () => {
  await withTempFolder((folder) =>
    withEngram({ dedup: false, faults: { delayMs: 3, afterStoring: 0.01 } }, async (double) => {
      const input = `${folder}/m.jsonl`;
      const make = ["memories", "--centroids", "10", "--count", "40k", "--output", input, "--quiet"];
      assert.equal((await built.run(...make)).code, 0); // 390 MB
      const peak = await peakOf("--input", input, "--endpoint", double.url, "--concurrent", "100");
      assert.ok(peak < MOST, `${peak} bytes`);
    }),
  );
});

test("contents as long as Engram takes them, and a store that lost all of them, do not either", { skip }, async () => {
  await withTempFolder((folder) =>
    withEngram({ dedup: false }, async (double) => {
      const input = `${folder}/m.jsonl`;
      const content = "x".repeat(99_000);
      writeLines(
        input,
        memoryLines(0, 2500).map((line) => line.replace(/"content":"[^"]*"/, `"content":"${content}"`)),
      );
      const load = ["--input", input, "--endpoint", double.url];
      assert.ok((await peakOf(...load)) < MOST, "loaded");
      for (const id of [...double.memories.keys()]) double.space().forget(id);
      const { code, stderr } = await runToEnd(
        spawnQuietly(process.execPath, [...launcher, built.entry, "ingest", ...load, "--quiet"]),
      );
      assert.equal(code, 1);
      assert.match(stderr, /the store holds 0 memories, expected 2,500: it does not have 2,500 that it took/);
      const peak = Number(/peak (\d+)$/.exec(stderr)?.[1]) * 1024;
      assert.ok(peak < MOST, `${peak} bytes`);
    }),
  );
});
