import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { tellPeak } from "../support/peak.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = process.platform !== "linux" && "resident memory is counted in other ways elsewhere";
const MOST = 300e6;

const built = buildCli();
after(() => built.remove());
const launcher =
  "deno" in process.versions ? ["run", "-A", "--no-prompt", "--preload", tellPeak] : ["--import", tellPeak];

test("a store that is slower than the reading of its input does not fill the memory", { skip }, async () => {
  await withTempFolder((folder) =>
    withEngram({ dedup: false, faults: { delayMs: 3, afterStoring: 0.02 } }, async (double) => {
      const input = `${folder}/m.jsonl`;
      const make = ["memories", "--centroids", "10", "--count", "40k", "--output", input, "--quiet"];
      assert.equal((await built.run(...make)).code, 0);
      const load = ["ingest", "--input", input, "--endpoint", double.url, "--limit", "6k", "--quiet"];
      const { code, stderr } = await runToEnd(spawnQuietly(process.execPath, [...launcher, built.entry, ...load]));
      assert.equal(code, 0, stderr);
      const peak = Number(/peak (\d+)$/.exec(stderr)?.[1]) * 1024;
      assert.ok(peak < MOST, `${peak} bytes`);
    }),
  );
});
