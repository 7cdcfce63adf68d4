import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { withEnvironment } from "../support/downloads.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = !("deno" in process.versions) && "needs Deno's permissions";
const root = fileURLToPath(new URL("../../", import.meta.url));

test(
  "without a right to the environment it does as if nothing were set; other rights are named in one line",
  { skip },
  async () => {
    await withTempFolder((folder) =>
      withEnvironment({ SEEDBED_ROOT: `${folder}/unseen`, HF_TOKEN: "hf_secret" }, async () => {
        for (const name of ["mine", "out"]) mkdirSync(`${folder}/${name}`);
        writeFileSync(`${folder}/mine/a.txt`, "one\n");
        const run = (flags: string[], ...args: string[]) => {
          const rights = [`--allow-read=${root},${folder}/mine,${folder}/out`, "--no-prompt", "--no-check", ...flags];
          return runToEnd(spawnQuietly(process.execPath, ["run", ...rights, `${root}src/gen.ts`, "download", ...args]));
        };
        const write = `--allow-write=${folder}/out`;
        const to = ["--root", `${folder}/out`];
        const good = await run([write], "--name", `${folder}/mine/a.txt`, ...to);
        assert.deepEqual([good.code, good.stderr], [0, ""]);
        assert.deepEqual(readdirSync(`${folder}/out/datasets/raw/file/a.txt/default`), ["a.txt", "dataset.json"]);
        const dry = await run([], "--name", `${folder}/mine/a.txt`, "--dry-run");
        assert.match(dry.stdout + dry.stderr, /\.\/workspace|--allow-read/);
        const cases: [flags: string[], name: string, says: RegExp][] = [
          [[write], "http://127.0.0.1:1/x.csv", /Cannot read http:\/\/127\.0\.0\.1:1\/x\.csv: .*--allow-net\)/],
          [[write], "org/data", /Cannot read https:\/\/huggingface\.co\/\S+: .*--allow-(?:net|sys)\)/],
          [[], `${folder}/mine`, /Cannot .*--allow-write\)/],
          [[write], `${folder}/other.txt`, /.*--allow-read\)/],
        ];
        for (const [flags, name, says] of cases) {
          const source = name === "org/data" ? ["--source", "huggingface"] : [];
          const { code, stdout, stderr } = await run(flags, "--name", name, ...source, ...to, "--quiet");
          assert.deepEqual([code, stdout], [2, ""], stderr);
          assert.match(stderr, new RegExp(`^seedbed: [^\\n]*${says.source}\\n$`));
        }
      }),
    );
  },
);
