import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { startKaggle } from "../doubles/kaggle.ts";
import { runToEnd, type CliResult } from "../support/cli.ts";
import { withStarted } from "../support/downloads.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = !("deno" in process.versions) && "needs Deno's permissions";
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the command line with a right to these variables of the environment only. */
function run(
  readable: readonly string[],
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  const rights = [`--allow-read=${root},${folder},/workspace,./workspace`, `--allow-write=${folder}`, "--allow-net"];
  if (readable.length > 0) rights.push(`--allow-env=${readable.join(",")}`);
  const deno = ["run", "--no-prompt", "--no-check", ...rights, `${root}src/gen.ts`];
  const options = { cwd: folder, env: { ...process.env, SEEDBED_ROOT: `${folder}/unseen`, ...env } };
  return runToEnd(spawn(process.execPath, [...deno, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] }));
}

const told = (names: string, count = "count"): string =>
  `The environment may not be read (Deno: see --allow-env): ${names} ${count} as not set\n`;

test("variables that may not be read are named once, on standard error, but not with --quiet", { skip }, () =>
  withTempFolder(async (folder) => {
    const texts = `${folder}/texts.jsonl`;
    writeFileSync(texts, '{"id":"a","text":"one"}\n{"id":"b","text":"two"}\n');
    const own = ["--root", folder];
    const cases: [readable: string[], args: string[], stderr: string][] = [
      [[], ["download", "--name", texts, ...own], told("SOURCE_DATE_EPOCH", "counts")],
      [["SOURCE_DATE_EPOCH"], ["download", "--name", texts, ...own], ""],
      [[], ["download", "--name", texts, "--dry-run"], told("SEEDBED_ROOT, SOURCE_DATE_EPOCH")],
      [[], ["embed", "--dataset", texts, "--n", "2", ...own], told("SOURCE_DATE_EPOCH", "counts")],
      [["SOURCE_DATE_EPOCH"], ["embed", "--dataset", texts, "--n", "2", ...own, "--resume"], ""],
      [[], ["list", ...own], ""],
      [[], ["verify", "--dataset", "texts", ...own], ""],
    ];
    for (const [readable, args, stderr] of cases) {
      const loud = await run(readable, folder, args);
      assert.deepEqual([loud.code, loud.stderr], [0, stderr], args.join(" "));
    }
    const quiet = await run([], folder, ["download", "--name", texts, ...own, "--quiet"]);
    assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
    for (const args of [["list"], ["verify", "--dataset", "texts"]]) {
      const { stderr } = await run([], folder, args); // the root is another, in which there may be anything
      assert.ok(stderr.startsWith(told("SEEDBED_ROOT", "counts")), stderr);
    }
  }),
);

test("a key that is missing because it may not be read is not called one that is not set", { skip }, () =>
  withTempFolder(async (folder) => {
    const texts = `${folder}/texts.jsonl`;
    writeFileSync(texts, '{"id":"a","text":"one"}\n');
    const openai = ["embed", "--dataset", texts, "--provider", "openai", "--root", folder, "--quiet"];
    const hidden = await run([], folder, openai, { OPENAI_API_KEY: "sk-secret" });
    const because = "may not be read (Deno: see --allow-env)";
    assert.equal(hidden.stderr, `seedbed: OPENAI_API_KEY ${because}: the provider openai needs it\n`);
    const unset = await run(["OPENAI_API_KEY"], folder, openai, { OPENAI_API_KEY: "" });
    assert.match(unset.stderr, /^seedbed: OPENAI_API_KEY is not set: [^\n]*\n$/);
    await withStarted(
      startKaggle({ dataset: { name: "owner/some-data", version: 1, files: [] }, login: "me:key" }),
      async ({ url }) => {
        const kaggle = ["download", "--name", "owner/some-data", "--source", "kaggle", "--root", folder, "--quiet"];
        const { code, stderr } = await run(["KAGGLE_API"], folder, kaggle, {
          ...{ KAGGLE_API: url, KAGGLE_USERNAME: "me", KAGGLE_KEY: "key" },
        });
        assert.equal(code, 2, stderr);
        assert.match(
          stderr,
          /^[^\n]*set KAGGLE_USERNAME and KAGGLE_KEY \(which may not be read; Deno: see --allow-env\)[^\n]*\n$/,
        );
      },
    );
  }),
);
