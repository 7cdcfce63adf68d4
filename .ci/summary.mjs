// Reads what the test runners wrote, `node summary.mjs "NAME=FILE"...`: lists the tests that were skipped, and closes with
// one line that counts all. A suite that ran no test, or whose runner ended before its own summary, counts as a failure.
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";

const total = { passed: 0, failed: 0, skipped: 0 };
const reasons = new Map(); // of skipped tests, by name
const unexplained = []; // Deno keeps the reason to itself

for (const argument of process.argv.slice(2)) {
  const [name, path] = argument.split("=");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const { counts, complete, skips } = path.endsWith(".tap") ? readTap(text) : readDeno(text);
  console.log(`${name}: ${describe(counts)}`);
  const fault = !complete ? "the runner did not come to its end" : counts.passed === 0 ? "no test passed" : undefined;
  if (fault) {
    console.log(`${name}: ${fault}, which counts as a failure`);
    counts.failed++;
  }
  for (const key of Object.keys(total)) total[key] += counts[key];
  for (const { test, reason } of skips) {
    if (reason) reasons.set(test, reason);
    const known = reasons.get(test);
    if (known) console.log(`${name} skipped "${test}": ${known}`);
    else unexplained.push(`${name} skipped "${test}" without a reason`);
  }
}
for (const line of unexplained) console.log(line);
console.log(describe(total));
process.exitCode = total.failed > 0 ? 1 : 0;

/** Node's TAP: its summary, or what was run before it broke off. */
function readTap(text) {
  const summed = (key) => Number(text.match(new RegExp(`^# ${key} (\\d+)$`, "m"))?.[1] ?? NaN);
  const skips = [...text.matchAll(/^ *(?:not )?ok \d+ - (.*?) # (?:SKIP|TODO)(.*)$/gm)].map(([, test, reason]) => ({
    test,
    reason: reason.trim(),
  }));
  const complete = !Number.isNaN(summed("duration_ms")) || /^# fail \d+$/m.test(text);
  const counts = complete
    ? {
        passed: summed("pass"),
        failed: summed("fail") + summed("cancelled"),
        skipped: summed("skipped") + summed("todo"),
      }
    : {
        passed: count(text, /^ *ok \d/gm) - skips.length,
        failed: count(text, /^ *not ok \d/gm),
        skipped: skips.length,
      };
  return { counts, complete, skips };
}

/** Deno's `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2 steps) (3s)`, steps being tests within tests. */
function readDeno(text) {
  const line = text.match(/^(?:ok|FAILED) \| \d+ passed.*$/m)?.[0];
  const summed = (key) => {
    const [, tests = 0, steps = 0] = line.match(new RegExp(`(\\d+) ${key}(?: \\((\\d+) steps?\\))?`)) ?? [];
    return Number(tests) + Number(steps);
  };
  const skips = [...text.matchAll(/^ *(.*) \.\.\. ignored \(\d+m?s\)$/gm)].map(([, test]) => ({ test }));
  const counts = line
    ? { passed: summed("passed"), failed: summed("failed"), skipped: summed("ignored") }
    : { passed: count(text, / \.\.\. ok \(/g), failed: count(text, / \.\.\. FAILED \(/g), skipped: skips.length };
  return { counts, complete: line !== undefined, skips };
}

function count(text, pattern) {
  return [...text.matchAll(pattern)].length;
}

function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
