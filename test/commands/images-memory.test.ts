import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { after, test } from "node:test";
import { buildCli } from "../support/built.ts";
import { withTempFolder } from "../support/temp.ts";

// The estimate is measured where it was made for: the built command under Node on Linux.
const reason =
  "deno" in process.versions
    ? "the estimate is that of Node"
    : process.platform !== "linux"
      ? "resident memory is counted in other ways elsewhere"
      : false;

const MOST_OFF = 0.2;
const TELL_PEAK =
  'data:text/javascript,import p from "node:process";p.on("exit",()=>p.stderr.write(`peak ${p.resourceUsage().maxRSS}`))';

const built = reason ? undefined : buildCli();
after(() => built?.remove());

for (const [size, ...flags] of [["1k"], ["100k"], ["1m"], ["100k", "--no-report"], ["100k", "--unique"]] as const) {
  test(`the plan of ${[size, ...flags].join(" ")} foretells the peak of memory`, { skip: reason }, () =>
    withTempFolder(async (folder) => {
      const args = [built!.entry, "images", "--num-images", size, ...flags, "--output-dir", `${folder}/corpus`];
      const plan = spawnSync(process.execPath, [...args, "--dry-run", "--json"], { encoding: "utf8" });
      const { estimated_peak_memory_bytes: foretold } = JSON.parse(plan.stdout) as Record<string, number>;
      const run = spawnSync(process.execPath, ["--import", TELL_PEAK, ...args, "--yes", "--quiet"], {
        encoding: "utf8",
      });
      assert.equal(run.status, 0, run.stderr);
      const peak = Number(/peak (\d+)$/.exec(run.stderr)?.[1]) * 1024;
      const off = foretold! / peak - 1;
      assert.ok(Math.abs(off) <= MOST_OFF, `foretold ${foretold}, measured ${peak}: ${(100 * off).toFixed(1)} % off`);
    }),
  );
}
