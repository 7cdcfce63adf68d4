import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Manifest } from "../../src/data/manifest.ts";
import { readNpy, readNpz, VERSION } from "../../src/index.ts";
import { assertSameBytes } from "../reference/same.ts";
import { buildCli } from "../support/built.ts";
import { runCli } from "../support/cli.ts";
import { inParallel } from "../support/parallel.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

interface Result {
  readonly datasets: readonly (Manifest & { readonly folder: string; readonly state: string; readonly rows: number })[];
}

interface Measured {
  readonly vectors: Readonly<Record<"values" | "nan" | "min" | "max" | "mean" | "variance", number>>;
  readonly cls: Readonly<Record<"counts" | "shares", Readonly<Record<string, number>>>>;
}

const NAMES = ["dataset.json", "metadata.jsonl", "vectors.npy"];

const cli = buildCli();
process.on("exit", cli.remove);

const bytesOf = (path: string) => new Uint8Array(readFileSync(path));
const readManifest = (folder: string) => JSON.parse(readFileSync(`${folder}/dataset.json`, "utf8")) as Manifest;

/** Runs `vectors` in a folder that must succeed; standard output as it is. */
async function vectors(out: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await cli.run("vectors", "--out", out, ...args);
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

test("each size becomes a folder with vectors, metadata and a manifest that tells the truth", async () => {
  await withTempFolder(async (out) => {
    const { stdout } = await vectors(out, "--size", "100,1k,2000", "--dim", "3", "--json");
    const { datasets } = JSON.parse(stdout) as Result; // one object and nothing else
    assert.deepEqual(
      datasets.map(({ folder, state, rows }) => [folder, state, rows]),
      [
        [`${out}/100`, "written", 100],
        [`${out}/1k`, "written", 1000],
        [`${out}/2k`, "written", 2000],
      ],
    );
    for (const { folder, rows, files, ...rest } of datasets) {
      assert.deepEqual(readdirSync(folder).sort(), NAMES);
      const manifest = readManifest(folder);
      assert.deepEqual(manifest.files, files);
      assert.deepEqual(manifest.recipe, rest.recipe);
      assert.deepEqual(manifest.generator, { name: "seedbed", version: VERSION });
      assert.match(manifest.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      for (const file of files) {
        const path = `${folder}/${file.path}`;
        assert.deepEqual([file.rows, file.bytes, file.sha256], [rows, bytesOf(path).length, sha256OfPath(path)]);
      }
      assert.deepEqual((await readNpy(`${folder}/vectors.npy`)).shape, [rows, 3]);
      const lines = readFileSync(`${folder}/metadata.jsonl`, "utf8").split("\n");
      assert.ok(lines.length === rows + 1 && lines.slice(0, -1).every((line) => /^\{"cls":"[ABC]"\}$/.test(line)));
    }
    const [small, large] = [bytesOf(`${out}/1k/vectors.npy`), bytesOf(`${out}/2k/vectors.npy`)];
    assertSameBytes(large.subarray(128, 128 + 12_000), small.subarray(128), "the first rows of 2k");
  });
});

test("what is measured is what is in the files", async () => {
  await withTempFolder(async (out) => {
    await vectors(out, "--size", "1000", "--dim", "4");
    const { vectors: numbers, cls } = readManifest(`${out}/1k`).measured as unknown as Measured;
    const values = (await readNpy(`${out}/1k/vectors.npy`)).data as Float32Array;
    const mean = values.reduce((sum, value) => sum + value, 0) / 4000;
    assert.deepEqual([numbers.values, numbers.nan], [4000, 0]);
    assert.deepEqual([numbers.min, numbers.max], [Math.min(...values), Math.max(...values)]);
    assert.ok(Math.abs(numbers.mean - mean) < 1e-12);
    assert.ok(Math.abs(numbers.variance - (values.reduce((sum, z) => sum + z * z, 0) / 4000 - mean * mean)) < 1e-9);
    const text = readFileSync(`${out}/1k/metadata.jsonl`, "utf8");
    const counts = Object.fromEntries(["A", "B", "C"].map((name) => [name, text.split(`"${name}"`).length - 1]));
    assert.deepEqual(cls.counts, counts);
    assert.deepEqual(
      cls.shares,
      Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / 1000])),
    );
  });
});

test("people are told the plan and the sums; --quiet says nothing; --json moves it aside", async () => {
  await withTempFolder(async (out) => {
    const [loud, quiet, json] = await inParallel([[], ["--quiet"], ["--json"]], (flags) =>
      vectors(`${out}/${flags.join("")}`, "--size", "50", ...flags),
    );
    assert.match(loud!.stdout, /^Plan: /);
    for (const { path, sha256 } of readManifest(`${out}/50`).files)
      assert.ok(loud!.stdout.includes(path) && loud!.stdout.includes(sha256!));
    assert.equal(loud!.stderr, "");
    assert.deepEqual(quiet, { stdout: "", stderr: "" });
    assert.match(json!.stderr, /^Plan: /);
    for (const text of [json!.stdout, loud!.stdout, json!.stderr]) {
      assert.ok(!text.includes("\x1b") && !text.includes("\r"), "control characters without a terminal");
    }
  });
});

test("--dry-run writes nothing and foretells the sizes", async () => {
  await withTempFolder(async (out) => {
    const args = ["--size", "1000,2000", "--dim", "7", "--json"];
    const planned = JSON.parse((await vectors(`${out}/new`, ...args, "--dry-run")).stdout);
    assert.deepEqual(readdirSync(out), []);
    assert.equal(planned.dry_run, true);
    const written = JSON.parse((await vectors(`${out}/new`, ...args)).stdout) as Result;
    written.datasets.forEach(({ folder, rows, recipe_sha256, files }, at) => {
      const plan = planned.datasets[at];
      assert.deepEqual([plan.folder, plan.rows, plan.recipe_sha256], [folder, rows, recipe_sha256]);
      const [vectorsFile, metadata] = plan.files as { path: string; expected_bytes: number }[];
      assert.deepEqual([vectorsFile!.path, vectorsFile!.expected_bytes], [files[0]!.path, files[0]!.bytes]);
      assert.ok(Math.abs(metadata!.expected_bytes / files[1]!.bytes - 1) < 0.05);
    });
  });
});

test("without flags it is 10k, 100k and 500k of 100 dimensions, seed 42", async () => {
  const { datasets } = JSON.parse((await vectors("/nowhere", "--dry-run", "--json")).stdout);
  const folders = datasets.map(({ folder }: { folder: string }) => folder);
  assert.deepEqual(folders, ["/nowhere/10k", "/nowhere/100k", "/nowhere/500k"]);
  assert.deepEqual(datasets[1].recipe, {
    kind: "vectors",
    rows: 100_000,
    dim: 100,
    seed: "42",
    distribution: "gaussian",
    classes: [
      { name: "A", share: 0.1 },
      { name: "B", share: 0.3 },
      { name: "C", share: 0.6 },
    ],
    range: [0, 100_000],
    format: "npy",
    compress: false,
  });
});

test("--rows writes the bytes that these rows have in the whole", async () => {
  await withTempFolder(async (out) => {
    const parts = [
      [0, 10],
      [3, 5],
      [17, 1000],
      [999, 1000],
    ] as const;
    await vectors(out, "--size", "1k", "--dim", "5");
    await inParallel(parts, ([from, to]) => vectors(out, "--size", "1k", "--dim", "5", "--rows", `${from}:${to}`));
    const whole = bytesOf(`${out}/1k/vectors.npy`);
    const lines = readFileSync(`${out}/1k/metadata.jsonl`, "utf8").split(/(?<=\n)/);
    for (const [from, to] of parts) {
      const folder = `${out}/1k-rows-${from}-${to}`;
      assertSameBytes(
        bytesOf(`${folder}/vectors.npy`).subarray(128),
        whole.subarray(128 + from * 20, 128 + to * 20),
        folder,
      );
      assert.deepEqual((await readNpy(`${folder}/vectors.npy`)).shape, [to - from, 5]);
      assert.equal(readFileSync(`${folder}/metadata.jsonl`, "utf8"), lines.slice(from, to).join(""));
    }
  });
});

test("a seed is a number or a word, 0 like any other, and workers change nothing", async () => {
  await withTempFolder(async (out) => {
    const runs: string[][] = [
      [],
      ["--seed", "42", "--workers", "1"],
      ["--seed", " 042", "--workers", "4"],
      ["--seed", "0", "--workers", "0"],
      ["--seed", "00"],
      ["--seed", "my-paper"],
      ["--seed", "18446744073709551615"],
    ];
    const sums = await inParallel(runs, async (flags) => {
      const folder = `${out}/${runs.indexOf(flags)}`;
      await vectors(folder, "--size", "20k", "--dim", "8", ...flags);
      return NAMES.slice(1)
        .map((name) => sha256OfPath(`${folder}/20k/${name}`))
        .join();
    });
    assert.deepEqual([sums[1], sums[2]], [sums[0], sums[0]]);
    assert.equal(sums[4], sums[3]);
    assert.equal(new Set(sums).size, 4);
  });
});

test("--distribution, --classes, --no-checksum and --format do what they say", async () => {
  await withTempFolder(async (out) => {
    const cases = {
      uniform: ["--distribution", "uniform", "--classes", "no=0.5,yes=0.5", "--no-checksum"],
      npy: [],
      npz: ["--format", "npz"],
      deflated: ["--format", "npz", "--compress"],
    };
    await inParallel(Object.entries(cases), ([name, flags]) =>
      vectors(`${out}/${name}`, "--size", "500", "--dim", "6", ...flags),
    );
    const { data } = await readNpy(`${out}/uniform/500/vectors.npy`);
    assert.ok((data as Float32Array).every((u) => u > 0 && u < 1));
    assert.match(readFileSync(`${out}/uniform/500/metadata.jsonl`, "utf8"), /^(?:\{"cls":"(?:no|yes)"\}\n){500}$/);
    assert.deepEqual(
      readManifest(`${out}/uniform/500`).files.map(({ sha256 }) => sha256),
      [null, null],
    );
    const expected = await readNpy(`${out}/npy/500/vectors.npy`);
    for (const name of ["npz", "deflated"]) {
      assert.ok(!existsSync(`${out}/${name}/500/vectors.npy`));
      assert.deepEqual(await readNpz(`${out}/${name}/500/vectors.npz`), { vectors: expected });
      assert.equal(sha256OfPath(`${out}/${name}/500/metadata.jsonl`), sha256OfPath(`${out}/npy/500/metadata.jsonl`));
    }
    const [stored, deflated] = ["npz", "deflated"].map((name) => bytesOf(`${out}/${name}/500/vectors.npz`).length);
    assert.ok(deflated! < stored!, `${deflated} bytes deflated, ${stored} stored`);
  });
});

test("the command run from its sources writes the same bytes", async () => {
  await withTempFolder(async (out) => {
    const { code, stderr } = await runCli("vectors", "--size", "1k", "--out", `${out}/a`, "--workers", "1");
    assert.deepEqual([code, stderr], [0, ""]);
    await vectors(`${out}/b`, "--size", "1k");
    for (const name of NAMES.slice(1))
      assertSameBytes(bytesOf(`${out}/a/1k/${name}`), bytesOf(`${out}/b/1k/${name}`), name);
  });
});

test("the help of every command shows examples, and needs nothing else", async () => {
  const helps = await inParallel([["--help"], ["vectors", "--help"], ["verify", "--help"]], (args) => cli.run(...args));
  for (const { code, stdout, stderr } of helps) {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage: seedbed /);
    assert.match(stdout, /\nExamples?:\n {2}\$ seedbed \w+/);
  }
  assert.match(helps[1]!.stdout, /--out <folder> [^-]*\(default: "?data"?\)/);
  const { code, stdout } = await cli.run("--version");
  assert.deepEqual([code, stdout], [0, `${VERSION}\n`]);
});
