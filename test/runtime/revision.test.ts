import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

type Revision = typeof import("../../src/runtime/revision.ts");

const A = "a".repeat(40);
const B = "b".repeat(40);

/** What a program says that lies in a folder with these files. */
async function revisionIn(files: Readonly<Record<string, string>>): Promise<[string | null, string | null]> {
  return withTempFolder(async (folder) => {
    for (const part of ["runtime", "data"])
      cpSync(new URL(`../../src/${part}`, import.meta.url), `${folder}/src/${part}`, { recursive: true });
    for (const [path, text] of Object.entries({ "package.json": '{"type":"module"}', ...files })) {
      mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      writeFileSync(`${folder}/${path}`, text);
    }
    const { gitRevision, lockHash } = (await import(
      pathToFileURL(`${folder}/src/runtime/revision.ts`).href
    )) as Revision;
    return [gitRevision(), lockHash()];
  });
}

const PACKED = `# pack-refs with: peeled fully-peeled sorted\n${B} refs/heads/other/main\n${A} refs/heads/main\n^${B}\n`;
const cases: [what: string, files: Record<string, string>, revision: string | null][] = [
  ["a branch", { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": `${A}\n` }, A],
  ["a branch in packed-refs", { ".git/HEAD": "ref: refs/heads/main\n", ".git/packed-refs": PACKED }, A],
  [
    "a branch that moved since it was packed",
    { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": B, ".git/packed-refs": PACKED },
    B,
  ],
  [
    "a branch whose name ends with that of another",
    { ".git/HEAD": "ref: refs/heads/other/main", ".git/packed-refs": PACKED },
    B,
  ],
  ["a detached head", { ".git/HEAD": `${A}\n` }, A],
  ["a head of SHA-256", { ".git/HEAD": "c".repeat(64) }, "c".repeat(64)],
  ["no commit yet", { ".git/HEAD": "ref: refs/heads/main\n" }, null],
  ["no repository", {}, null],
  ["a worktree", { ".git": "gitdir: /elsewhere\n" }, null],
  ["a damaged head", { ".git/HEAD": "\0\0\0" }, null],
  ["a damaged branch", { ".git/HEAD": "ref: refs/heads/main", ".git/refs/heads/main": "none" }, null],
];
for (const [what, files, revision] of cases) {
  test(`the commit of ${what}`, async () => {
    assert.deepEqual(await revisionIn(files), [revision, null]);
  });
}

test("the hash of the lock file is told where there is one", async () => {
  assert.deepEqual(await revisionIn({ "package-lock.json": "{}\n" }), [null, sha256("{}\n")]);
});
