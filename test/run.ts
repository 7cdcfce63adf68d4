// Runs the tests under Node: `npm test`, or `npm test -- core` for those whose path contains "core". Node 20's runner
// expands no patterns, and shells differ, so the files are found here. Arguments with dashes go to the runner.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { withSharedBuild } from "./support/built.ts";

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith("--"));
const parts = args.filter((arg) => !arg.startsWith("--"));
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => `test/${path.replaceAll("\\", "/")}`)
  .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`No test file matches ${parts.join(", ")}`);
  process.exit(2);
}
// Two files at a time at least: many wait for programs that they started. The runner's own default leaves a core free.
const concurrency = Math.max(2, availableParallelism() - 1);
const command = ["--import", "tsx", "--test", "--test-timeout=120000", `--test-concurrency=${concurrency}`, ...flags];
const { status } = withSharedBuild((env) =>
  spawnSync(process.execPath, [...command, ...files], { stdio: "inherit", env }),
);
process.exit(status ?? 1);
