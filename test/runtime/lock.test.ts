import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { checkUnlocked, takeLock } from "../../src/runtime/lock.ts";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { withTempFolder } from "../support/temp.ts";

const NOBODY = "999999999"; // no system has as many processes

test("a lock is held until it is released, and that of a run that was killed is taken over", () =>
  withTempFolder((folder) => {
    const path = `${folder}/a`;
    for (const before of [undefined, NOBODY, String(process.pid)]) {
      if (before !== undefined) writeFileSync(`${path}.lock`, before);
      checkUnlocked(path);
      const lock = takeLock(path);
      assert.equal(readFileSync(`${path}.lock`, "utf8"), String(process.pid));
      assert.deepEqual(readdirSync(folder), ["a.lock"]);
      lock.release();
      assert.ok(!existsSync(`${path}.lock`));
    }
  }));

test("while another process has it, or nobody knows who, it is refused in one line", () =>
  withTempFolder((folder) => {
    for (const [name, text, who] of [
      ["a", String(process.ppid), String(process.ppid)],
      ["b", "", "unknown"],
      ["c", "what?", "unknown"],
    ] as const) {
      const path = `${folder}/${name}`;
      writeFileSync(`${path}.lock`, text);
      for (const use of [takeLock, checkUnlocked])
        assert.throws(
          () => use(path),
          (error) => error instanceof InputError && error.message.startsWith(`${path} is in use by process ${who}:`),
        );
      assert.equal(readFileSync(`${path}.lock`, "utf8"), text);
    }
  }));

test("who was killed while taking over is in nobody's way for longer than a try", () =>
  withTempFolder((folder) => {
    const path = `${folder}/a`;
    for (const name of ["lock", "lock.takeover"]) writeFileSync(`${path}.${name}`, NOBODY);
    assert.throws(() => takeLock(path), InputError);
    takeLock(path).release();
    assert.deepEqual(readdirSync(folder), []);
  }));

const ROUNDS = 60;
const CONTENDERS = `
import process from "node:process";
import { takeLock } from "${new URL("../../src/runtime/lock.ts", import.meta.url).href}";
const [folder, start] = process.argv.slice(2);
const held = [];
for (let round = 0; round < ${ROUNDS}; round++) {
  while (Date.now() < Number(start) + 10 * round);
  try {
    takeLock(folder + "/" + round);
    held.push(round);
  } catch {}
}
while (Date.now() < Number(start) + ${10 * ROUNDS} + 2000) await new Promise((resolve) => setTimeout(resolve, 10));
console.log(JSON.stringify(held));
`;

test("of several that find the lock of a killed run at once, one gets it", () =>
  withTempFolder(async (folder) => {
    writeFileSync(`${folder}/contender.mts`, CONTENDERS);
    for (let round = 0; round < ROUNDS; round++) writeFileSync(`${folder}/${round}.lock`, NOBODY);
    const launcher = "deno" in process.versions ? ["run", "-A"] : ["--import", "tsx"];
    const args = [...launcher, `${folder}/contender.mts`, folder, String(Date.now() + 5000)];
    const told = await Promise.all([1, 2, 3].map(() => runToEnd(spawnQuietly(process.execPath, args))));
    const holders = told.flatMap(({ stdout, stderr }) => {
      assert.ok(stdout, stderr);
      return JSON.parse(stdout) as number[];
    });
    assert.deepEqual(
      holders.sort((a, b) => a - b),
      Array.from({ length: ROUNDS }, (_, round) => round),
    );
  }));
