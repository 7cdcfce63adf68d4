import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { verify } from "../../src/index.ts";
import { buildCli } from "../support/built.ts";
import { inParallel } from "../support/parallel.ts";
import { fixedCentroids, npyOf, writeCentroids, writeMemories } from "../support/memories.ts";
import { editBytes } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const OPTIONS = { count: 600, dim: 6 };
const FILES = ["c.npy", "m.dataset.json", "m.jsonl", "notes.jsonl"];
const DEAD = 2 ** 22 + 1; // no process has this number

/** A folder with memories around centroids of a file there, somebody's notes, and the command that makes the same in place. */
async function withMemories(use: (folder: string, rerun: Rerun) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    const centroids = writeCentroids(`${folder}/c.npy`, 5, 6);
    await writeMemories(folder, { ...OPTIONS, centroids });
    writeFileSync(`${folder}/notes.jsonl`, "mine");
    await use(folder, (...flags) =>
      cli.run(
        "memories",
        "--centroids",
        `${folder}/c.npy`,
        "--count",
        "600",
        "--output",
        `${folder}/m.jsonl`,
        ...flags,
      ),
    );
  });
}

type Rerun = (...flags: string[]) => ReturnType<typeof cli.run>;

/** Names, times and contents of all files. */
const tracesOf = (folder: string) =>
  readdirSync(folder).map((name) =>
    [name, statSync(`${folder}/${name}`).mtimeMs, readFileSync(`${folder}/${name}`, "latin1")].join(),
  );

async function assertSound(folder: string, names: readonly string[] = FILES): Promise<void> {
  assert.deepEqual(readdirSync(folder).sort(), names);
  assert.deepEqual((await verify(`${folder}/m.dataset.json`, { full: true })).faults, []);
  assert.equal(readFileSync(`${folder}/notes.jsonl`, "utf8"), "mine");
}

test("finished memories are verified and left alone", async () => {
  await withMemories(async (folder, rerun) => {
    const before = tracesOf(folder);
    const { code, stdout, stderr } = await rerun();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /m\.jsonl: complete and verified, nothing to do/);
    const json = await rerun("--json", "--quiet", "--workers", "1");
    assert.deepEqual(JSON.parse(json.stdout).datasets[0].state, "already there");
    const plan = await rerun("--dry-run", "--json");
    assert.equal(JSON.parse(plan.stdout).datasets[0].already_there, true);
    assert.deepEqual(tracesOf(folder), before);
  });
});

const damages: Record<string, (folder: string) => void> = {
  "a changed digit": (folder) => editBytes(`${folder}/m.jsonl`, (bytes) => void (bytes[200]! ^= 1)),
  "a file cut short": (folder) => editBytes(`${folder}/m.jsonl`, (bytes) => bytes.slice(0, 5000)),
  "an empty file and a left-over": (folder) => {
    writeFileSync(`${folder}/m.jsonl`, "");
    writeFileSync(`${folder}/m.jsonl.part`, "half");
  },
  "no file": (folder) => rmSync(`${folder}/m.jsonl`),
};
for (const [what, damage] of Object.entries(damages)) {
  test(`memories with ${what} are written again`, async () => {
    await withMemories(async (folder, rerun) => {
      damage(folder);
      const { code, stdout, stderr } = await rerun();
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /m\.jsonl is damaged and is written again/);
      await assertSound(folder);
    });
  });
}

test("another recipe is refused, other centroids too; --force replaces", async () => {
  await withMemories(async (folder, rerun) => {
    const other = `${folder}-other.npy`;
    writeFileSync(
      other,
      npyOf(
        fixedCentroids(5, 6).map((x) => -x),
        6,
      ),
    );
    const before = tracesOf(folder);
    const recipes = [
      ["--seed", "0"],
      ["--std-dev", "0.2"],
      ["--digits", "6"],
      ["--centroids", other],
      ["--centroids", "5"],
    ];
    try {
      await inParallel(recipes, async (flags) => {
        const { code, stderr } = await rerun(...flags);
        assert.equal(code, 2, stderr);
        assert.match(
          stderr,
          /^seedbed: \S+ holds a dataset of another recipe: give another --output, or --force[^\n]*\n$/,
        );
      });
      assert.deepEqual(tracesOf(folder), before);
      const { code, stderr } = await rerun("--centroids", other, "--force");
      assert.deepEqual([code, stderr], [0, ""]);
      await assertSound(folder);
      assert.notDeepEqual(tracesOf(folder), before);
    } finally {
      rmSync(other);
    }
    const npy = ["--format", "npy", "--output", `${folder}/m.npy`];
    assert.equal((await rerun("--force")).code, 0); // around the centroids that are there
    assert.equal((await rerun(...npy)).code, 0, "m.npy has a manifest of its own");
    await assertSound(folder, [
      "c.npy",
      "m.dataset.json",
      "m.jsonl",
      "m.metadata.jsonl",
      "m.npy",
      "m.npy.dataset.json",
      "notes.jsonl",
    ]);
  });
});

test("files without a manifest are not ours to replace, unless forced", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/m.jsonl`, "mine");
    const args = ["memories", "--centroids", "3", "--dim", "4", "--count", "10", "--output", `${folder}/m.jsonl`];
    const { code, stderr } = await cli.run(...args);
    assert.equal(code, 2);
    assert.match(stderr, /^seedbed: \S+ holds a m\.jsonl that is not of a finished dataset: [^\n]*--force[^\n]*\n$/);
    assert.equal(readFileSync(`${folder}/m.jsonl`, "utf8"), "mine");
    assert.equal((await cli.run(...args, "--force")).code, 0);
    assert.deepEqual((await verify(folder)).faults, []);
  });
});

test("two datasets in one folder do not know of each other", async () => {
  await withMemories(async (folder, rerun) => {
    const before = readFileSync(`${folder}/m.jsonl`, "utf8");
    const other = ["--seed", "7", "--output", `${folder}/m.2.jsonl`];
    assert.equal((await rerun(...other)).code, 0);
    const names = [...FILES, "m.2.dataset.json", "m.2.jsonl"].sort();
    assert.deepEqual(readdirSync(folder).sort(), names);
    writeFileSync(`${folder}/m.2.dataset.json.claim.part`, JSON.stringify({ pid: process.pid, files: ["m.2.jsonl"] }));
    writeFileSync(`${folder}/m.2.jsonl.part`, "half");
    assert.match((await rerun()).stdout, /verified, nothing to do/);
    assert.equal((await rerun("--seed", "8", "--force")).code, 0);
    assert.ok(readdirSync(folder).includes("m.2.jsonl.part"), "the other run's part was removed");
    assert.equal((await rerun("--force")).code, 0);
    assert.equal(readFileSync(`${folder}/m.jsonl`, "utf8"), before);
    assert.equal((await rerun(...other, "--force")).code, 2, "that one is being written");
    rmSync(`${folder}/m.2.dataset.json.claim.part`);
    rmSync(`${folder}/m.2.jsonl.part`);
    for (const name of ["m.dataset.json", "m.2.dataset.json", "m.jsonl", "m.2.jsonl"])
      assert.deepEqual((await verify(`${folder}/${name}`)).faults, [], name);
  });
});

test("what a killed run left is replaced, and nothing else", async () => {
  await withTempFolder(async (folder) => {
    mkdirSync(`${folder}/out`);
    writeFileSync(`${folder}/out/notes.jsonl`, "mine");
    writeFileSync(`${folder}/out/notes.jsonl.part`, "mine");
    writeFileSync(`${folder}/out/dataset.json`, "mine");
    writeFileSync(`${folder}/out/m.jsonl.part`, "half");
    const claim = { pid: DEAD, files: ["m.jsonl", "notes.jsonl"] }; // a forged one may name what is not ours
    writeFileSync(`${folder}/out/m.dataset.json.claim.part`, JSON.stringify(claim));
    const output = ["--output", `${folder}/out/m.jsonl`];
    const { code, stderr } = await cli.run("memories", "--centroids", "3", "--dim", "4", "--count", "50", ...output);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(readdirSync(`${folder}/out`).sort(), [
      "dataset.json",
      "m.dataset.json",
      "m.jsonl",
      "notes.jsonl",
      "notes.jsonl.part",
    ]);
    rmSync(`${folder}/out/notes.jsonl.part`);
    await assertSound(`${folder}/out`, ["dataset.json", "m.dataset.json", "m.jsonl", "notes.jsonl"]);
  });
});

test("a run killed before it took its files' names leaves memories that the next one replaces", async () => {
  await withMemories(async (folder, rerun) => {
    writeFileSync(`${folder}/m.dataset.json.claim.part`, JSON.stringify({ pid: DEAD, files: ["m.jsonl"] }));
    writeFileSync(`${folder}/m.jsonl.part`, "half");
    assert.match((await rerun()).stdout, /m\.jsonl is damaged and is written again: [^\n]*left by an unfinished run/);
    await assertSound(folder);
  });
});

test("whatever the file is called, its memories are found again", async () => {
  await withTempFolder(async (folder) => {
    await inParallel(["my memories", "größe", ".hidden", "-x", "a~b", "1.5", "m.metadata", "語"], async (stem) => {
      const output = `${folder}/${stem}.jsonl`;
      const args = ["memories", "--centroids", "3", "--dim", "4", "--count", "50", "--output", output];
      assert.equal((await cli.run(...args)).code, 0, stem);
      assert.match((await cli.run(...args)).stdout, /verified, nothing to do/, stem);
      assert.deepEqual((await verify(output)).faults, [], stem);
    });
  });
});
