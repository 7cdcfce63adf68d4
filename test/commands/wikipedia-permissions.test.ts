import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = !("deno" in process.versions) && "needs Deno's permissions";
const root = fileURLToPath(new URL("../../", import.meta.url));

test("what Deno was not permitted is said in one line that names the flag, exit code 2", { skip }, async () => {
  await withTempFolder(async (folder) => {
    const mine = `${folder}/mine`;
    mkdirSync(mine);
    for (const name of ["mine/dump.xml", "other.xml"]) writeFileSync(`${folder}/${name}`, dumpOf(articlePages(3)));
    const run = (flags: string[], ...args: string[]) => {
      const rights = [`--allow-read=${root},${mine}`, "--no-prompt", "--no-check", ...flags];
      return runToEnd(spawnQuietly(process.execPath, ["run", ...rights, `${root}src/gen.ts`, "wikipedia", ...args]));
    };
    const [dump, out] = [`${mine}/dump.xml`, `${mine}/memories.jsonl`];
    const write = `--allow-write=${mine}`;
    const cases: [flags: string[], dump: string, out: string, says: RegExp][] = [
      [[write], "http://127.0.0.1:1/x", out, /Cannot read http:\/\/127\.0\.0\.1:1\/x: .*--allow-net\)/],
      [[write], "https://127.0.0.1:1/x", out, /Cannot read https:\/\/127\.0\.0\.1:1\/x: .*--allow-net\)/],
      [[write, "--allow-net"], "https://127.0.0.1:1/x", out, /Cannot read https.*the connection was refused/],
      [[], dump, out, /Cannot write .*--allow-write\)/],
      [[write], dump, `${folder}/memories.jsonl`, /--allow-read\)/],
      [[`--allow-write=${folder}`], dump, `${folder}/memories.jsonl`, /--allow-read\)/],
      [[`--allow-write=${folder}`], dump, `${folder}/new/memories.jsonl`, /--allow-read\)/],
      [[write], `${folder}/other.xml`, out, /Cannot read .*other\.xml: .*--allow-read\)/],
    ];
    for (const [flags, from, to, says] of cases) {
      const { code, stdout, stderr } = await run(flags, "--dump", from, "--out", to, "--provider", "none");
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, new RegExp(`^seedbed: [^\\n]*${says.source}\\n$`));
    }
    const store = await run([write], "--dump", dump, "--endpoint", "http://127.0.0.1:1");
    assert.deepEqual([store.code, /--allow-net/.test(store.stderr)], [2, true], store.stderr);
    assert.deepEqual([readdirSync(folder).sort(), readdirSync(mine)], [["mine", "other.xml"], ["dump.xml"]]);
  });
});
