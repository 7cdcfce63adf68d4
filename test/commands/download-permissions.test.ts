import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { withEnvironment } from "../support/downloads.ts";
import { authority, withTls } from "../support/tls.ts";
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
        const hidden = "The environment may not be read (Deno: see --allow-env): SOURCE_DATE_EPOCH counts as not set\n";
        assert.deepEqual([good.code, good.stderr], [0, hidden]);
        assert.deepEqual(readdirSync(`${folder}/out/datasets/raw/file/a/default`), ["a.txt", "dataset.json"]);
        const dry = await run([], "--name", `${folder}/mine/a.txt`, "--dry-run");
        assert.match(dry.stdout + dry.stderr, /\.\/workspace|--allow-read/);
        const cases: [flags: string[], name: string, says: RegExp][] = [
          [
            [write],
            "http://127.0.0.1:1/x.csv",
            /Cannot read http:\/\/127\.0\.0\.1:1\/x\.csv: not permitted \(Deno: see --allow-net\)/,
          ],
          [[write], "org/data", /Cannot read https:\/\/huggingface\.co\/\S+: not permitted \(Deno: see --allow-net\)/],
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

test("a right to the network is all that a file over https needs, by name and by number", { skip }, () =>
  withTempFolder((folder) =>
    withTls(
      (_request, response) => response.end("a\n1\n"),
      async (port) => {
        for (const host of ["localhost", "127.0.0.1"]) {
          const rights = [`--allow-read=${root},${folder}`, `--allow-write=${folder}`, `--allow-net=${host}:${port}`];
          const args = ["download", "--name", `https://${host}:${port}/a.csv`, "--root", folder, "--quiet"];
          const deno = ["run", "--no-prompt", "--no-check", `--cert=${authority}`, ...rights, `${root}src/gen.ts`];
          const { code, stderr } = await runToEnd(spawnQuietly(process.execPath, [...deno, ...args]));
          assert.deepEqual([code, stderr], [0, ""]);
          const kept = `${folder}/datasets/raw/http/${host}-${port}__a.csv/default/a.csv`;
          assert.equal(readFileSync(kept, "utf8"), "a\n1\n");
        }
      },
    ),
  ),
);
