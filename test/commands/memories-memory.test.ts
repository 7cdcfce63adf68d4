import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { buildCli } from "../support/built.ts";
import { tellPeak } from "../support/peak.ts";
import { withTempFolder } from "../support/temp.ts";
import { writeCentroids } from "../support/memories.ts";

const reason = process.platform === "linux" ? false : "resident memory is counted in other ways elsewhere";

const MOST_OFF = 0.2;
const MOST = 300e6;

const built = buildCli();
after(() => built.remove());
const launcher =
  "deno" in process.versions ? ["run", "-A", "--no-prompt", "--preload", tellPeak] : ["--import", tellPeak];

/** Runs `memories` without and with `--dry-run`; peak of resident memory as foretold and as measured, in bytes. */
function peaks(folder: string, args: readonly string[]): { foretold: number; peak: number } {
  const command = [...launcher, built.entry, "memories", ...args];
  const plan = spawnSync(process.execPath, [...command, "--dry-run", "--json"], { encoding: "utf8" });
  assert.equal(plan.status, 0, plan.stderr);
  const foretold = JSON.parse(plan.stdout).datasets[0].estimated_peak_memory_bytes as number;
  const run = spawnSync(process.execPath, [...command, "--quiet"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  rmSync(folder, { recursive: true }); // a gigabyte
  return { foretold, peak: Number(/peak (\d+)$/.exec(run.stderr)?.[1]) * 1024 };
}

function assertForetold({ foretold, peak }: { foretold: number; peak: number }): void {
  const off = foretold / peak - 1;
  assert.ok(Math.abs(off) <= MOST_OFF, `foretold ${foretold}, measured ${peak}: ${(100 * off).toFixed(1)} % off`);
}

for (const [count, ...flags] of [
  ["20k", "--workers", "0"],
  ["40k", "--workers", "1"],
  ["100k"],
  ["100k", "--format", "npy", "--workers", "2"],
  ["1m", "--dim", "8"],
  ["20k", "--format", "parquet", "--workers", "0"],
  ["50k", "--format", "parquet", "--workers", "1"],
  ["500k", "--dim", "8", "--format", "parquet", "--workers", "0"],
  ["150k", "--format", "parquet", "--workers", "2"],
] as const) {
  test(`${[count, ...flags].join(" ")} takes the memory foretold, and no more than it may`, { skip: reason }, () =>
    withTempFolder((folder) => {
      const format = (flags as readonly string[]).find((flag) => ["npy", "parquet"].includes(flag)) ?? "jsonl";
      const output = `${folder}/out/m.${format}`;
      const found = peaks(`${folder}/out`, ["--centroids", "100", "--count", count, "--output", output, ...flags]);
      assertForetold(found);
      assert.ok(found.peak < MOST, `${found.peak} bytes`);
    }),
  );
}

test("centroids of a large file are foretold, too", { skip: reason }, () =>
  withTempFolder((folder) => {
    const { path } = writeCentroids(`${folder}/c.npy`, 10_000, 768);
    const args = ["--centroids", path, "--count", "5k", "--workers", "2", "--output", `${folder}/out/m.jsonl`];
    assertForetold(peaks(`${folder}/out`, args));
  }),
);
