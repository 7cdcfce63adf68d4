import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Manifest } from "../../src/data/manifest.ts";
import { verify } from "../../src/index.ts";
import { buildCli } from "../support/built.ts";
import type { CliResult } from "../support/cli.ts";
import { writeVectors } from "../support/dataset.ts";
import { withTempFolder } from "../support/temp.ts";

const FILES = ["dataset.json", "metadata.jsonl", "vectors.npy"];
const RECIPE = { rows: 1000, dim: 4 };

const cli = buildCli();
process.on("exit", cli.remove);

/** A finished dataset in `folder`, the command that makes the same in place, and what tells whether it was touched. */
async function withDataset(use: (dataset: Dataset) => Promise<void>): Promise<void> {
  await withTempFolder(async (out) => {
    const folder = `${out}/1k`;
    await writeVectors(folder, RECIPE);
    await use({
      folder,
      rerun: (...flags) => cli.run("vectors", "--size", "1k", "--dim", "4", "--out", out, ...flags),
      traces: () =>
        readdirSync(folder).map((name) =>
          [name, statSync(`${folder}/${name}`).mtimeMs, readFileSync(`${folder}/${name}`, "latin1")].join(),
        ),
    });
  });
}

interface Dataset {
  readonly folder: string;
  rerun(...flags: string[]): Promise<CliResult>;
  /** Names, times and contents of all files. */
  traces(): string[];
}

async function assertSound(folder: string, names: readonly string[] = FILES): Promise<void> {
  assert.deepEqual(readdirSync(folder).sort(), names);
  assert.deepEqual((await verify(folder, { full: true })).faults, []);
}

test("a finished dataset is verified and left alone", async () => {
  await withDataset(async ({ rerun, traces }) => {
    const before = traces();
    const { code, stdout, stderr } = await rerun();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /verified, nothing to do/);
    const json = await rerun("--json", "--quiet");
    assert.deepEqual(JSON.parse(json.stdout).datasets[0].state, "already there");
    assert.deepEqual(traces(), before);
  });
});

test("--force makes it again all the same", async () => {
  await withDataset(async ({ folder, rerun, traces }) => {
    const before = traces();
    const { code, stdout } = await rerun("--force");
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /nothing to do/);
    assert.notDeepEqual(traces(), before);
    await assertSound(folder);
  });
});

const damages: Record<string, (folder: string) => void> = {
  "a changed byte": (folder) => {
    const bytes = readFileSync(`${folder}/vectors.npy`);
    bytes[5000]! ^= 1;
    writeFileSync(`${folder}/vectors.npy`, bytes);
  },
  "a file cut short": (folder) =>
    writeFileSync(`${folder}/metadata.jsonl`, readFileSync(`${folder}/metadata.jsonl`).subarray(0, 100)),
  "an empty file and a left-over": (folder) => {
    writeFileSync(`${folder}/metadata.jsonl.part`, "");
    writeFileSync(`${folder}/vectors.npy`, "");
  },
};
for (const [what, damage] of Object.entries(damages)) {
  test(`a dataset with ${what} is written again`, async () => {
    await withDataset(async ({ folder, rerun }) => {
      damage(folder);
      const { code, stdout, stderr } = await rerun();
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /damaged/);
      await assertSound(folder);
    });
  });
}

test("another recipe is refused, and replaces with --force", async () => {
  const others = [
    ["--seed", "43"],
    ["--dim", "5"],
    ["--classes", "A=0.2,B=0.3,C=0.5"],
    ["--distribution", "uniform"],
    ["--format", "npz"],
  ];
  await withDataset(async ({ folder, rerun, traces }) => {
    const before = traces();
    for (const flags of others) {
      const { code, stderr } = await rerun(...flags);
      assert.equal(code, 2);
      assert.match(stderr, /^seedbed: \S+ holds a dataset of another recipe: [^\n]*--force[^\n]*\n$/);
    }
    assert.deepEqual(traces(), before);
    writeFileSync(`${folder}/notes.txt`, "mine");
    assert.equal((await rerun("--format", "npz", "--force")).code, 0);
    await assertSound(folder, ["dataset.json", "metadata.jsonl", "notes.txt", "vectors.npz"]);
    assert.equal((await rerun("--force", "--seed", "0")).code, 0);
    await assertSound(folder, ["dataset.json", "metadata.jsonl", "notes.txt", "vectors.npy"]);
    const { recipe } = JSON.parse(readFileSync(`${folder}/dataset.json`, "utf8")) as Manifest;
    assert.equal(recipe["seed"], "0");
  });
});

test("files without a manifest are not ours to replace, unless forced", async () => {
  for (const name of ["vectors.npy", "metadata.jsonl"]) {
    await withTempFolder(async (out) => {
      mkdirSync(`${out}/10`);
      writeFileSync(`${out}/10/${name}`, "mine");
      const refused = await cli.run("vectors", "--size", "10", "--out", out);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, new RegExp(`^seedbed: [^\n]*${name}[^\n]*--force[^\n]*\n$`));
      assert.equal(readFileSync(`${out}/10/${name}`, "utf8"), "mine");
      assert.deepEqual(readdirSync(`${out}/10`), [name]);
      assert.equal((await cli.run("vectors", "--size", "10", "--out", out, "--force")).code, 0);
      await assertSound(`${out}/10`);
    });
  }
});

test("a manifest that cannot be understood is not replaced, unless forced", async () => {
  await withDataset(async ({ folder, rerun }) => {
    writeFileSync(`${folder}/dataset.json`, "{");
    const { code, stderr } = await rerun();
    assert.equal(code, 2);
    assert.match(stderr, /^seedbed: [^\n]*dataset\.json is not JSON[^\n]*\n$/);
    assert.equal((await rerun("--force")).code, 0);
    await assertSound(folder);
  });
});

test("what a killed run left is replaced", async () => {
  await withTempFolder(async (out) => {
    const folder = `${out}/1k`;
    mkdirSync(folder);
    for (const name of [...FILES, "vectors.npz"]) writeFileSync(`${folder}/${name}.part`, "half");
    writeFileSync(`${folder}/mine.part`, "somebody else's");
    const claim = { pid: process.pid, files: ["vectors.npz", "metadata.jsonl"] };
    writeFileSync(`${folder}/dataset.json.claim.part`, JSON.stringify(claim));
    const running = await cli.run("vectors", "--size", "1k", "--dim", "4", "--out", out);
    assert.deepEqual([running.code, running.stdout.includes("rows in")], [2, false]);
    assert.match(running.stderr, new RegExp(`^seedbed: [^\n]* is being written by process ${process.pid}: [^\n]*\n$`));
    writeFileSync(`${folder}/dataset.json.claim.part`, JSON.stringify({ ...claim, pid: 2 ** 22 + 1 })); // no such process
    writeFileSync(`${folder}/vectors.npy`, "killed between two renames");
    const { code, stderr } = await cli.run("vectors", "--size", "1k", "--dim", "4", "--out", out);
    assert.deepEqual([code, stderr], [0, ""]);
    rmSync(`${folder}/mine.part`); // left alone, and not part of a sound dataset
    await assertSound(folder);
  });
});

test("of two runs into one folder at a time, one is refused and the other is whole", async () => {
  await withTempFolder(async (out) => {
    const args = ["vectors", "--size", "300k", "--dim", "64", "--out", out];
    const runs = await Promise.all([cli.run(...args), cli.run(...args, "--seed", "7")]);
    assert.ok(runs.some(({ code }) => code === 0) && runs.every(({ code }) => code === 0 || code === 1 || code === 2));
    await assertSound(`${out}/300k`);
  });
});

test("a manifest that was damaged, or names somebody else's file, costs nobody anything", async () => {
  await withTempFolder(async (out) => {
    const args = ["vectors", "--size", "20", "--out", out];
    assert.equal((await cli.run(...args)).code, 0);
    const path = `${out}/20/dataset.json`;
    writeFileSync(path, readFileSync(path, "utf8").replace("metadata.jsonl", "notes.txt"));
    writeFileSync(`${out}/20/notes.txt`, "mine");
    const { code, stderr } = await cli.run(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(readFileSync(`${out}/20/notes.txt`, "utf8"), "mine");
    rmSync(`${out}/20/notes.txt`);
    writeFileSync(path, readFileSync(path, "utf8").replace('"dim": 100', '"dim": 1000000'));
    assert.equal((await cli.run(...args)).code, 0);
    await assertSound(`${out}/20`);
  });
});

test("one dataset that is refused keeps all of them from being written", async () => {
  await withTempFolder(async (out) => {
    mkdirSync(`${out}/20`);
    writeFileSync(`${out}/20/vectors.npy`, "mine");
    assert.equal((await cli.run("vectors", "--size", "10,20,30", "--out", out)).code, 2);
    assert.deepEqual(readdirSync(out), ["20"]);
  });
});
