import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Manifest } from "../../src/data/manifest.ts";
import { readNpy } from "../../src/index.ts";
import { fbinBytes, fvecsBytes, jsonlBytes } from "../formats/vectorbytes.ts";
import { zipOf } from "../formats/zips.ts";
import { buildCli } from "../support/built.ts";
import { inParallel } from "../support/parallel.ts";
import { cosine, fixedCentroids, npyOf, readMemories, writeCentroids } from "../support/memories.ts";
import { sha256, sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

interface Implied {
  readonly to_centroid: number;
  readonly between_members: number;
}

/** Runs `memories --output <folder>/<stem>.npy`; rows of shape (rows, dim), the cluster of each, and the cosines foretold. */
async function generate(stem: string, dim: number, ...args: string[]) {
  const { code, stdout, stderr } = await cli.run(
    ...["memories", "--format", "npy", "--output", `${stem}.npy`, "--json", ...args],
  );
  assert.equal(code, 0, stderr);
  const { data, shape } = await readNpy(`${stem}.npy`);
  assert.equal(shape[1], dim);
  const rows = Array.from({ length: shape[0]! }, (_, row) =>
    (data as Float32Array).subarray(row * dim, (row + 1) * dim),
  );
  const lines = readMemories(`${stem}.metadata.jsonl`);
  return {
    rows,
    lines,
    clusters: lines.map(({ cluster }) => cluster),
    implied: JSON.parse(stdout).datasets[0].expected_cosine as Implied,
  };
}

type Generated = Awaited<ReturnType<typeof generate>>;

/** Mean cosines of rows to their centroids, and to the next rows of their clusters. */
function measured({ rows, clusters }: Generated, centroids: Float32Array, dim: number): Implied {
  const last = new Map<number, Float32Array>();
  let [toCentroid, between, pairs] = [0, 0, 0];
  rows.forEach((row, at) => {
    const cluster = clusters[at]!;
    toCentroid += cosine(row, centroids.subarray(cluster * dim, (cluster + 1) * dim)) / rows.length;
    const other = last.get(cluster);
    last.set(cluster, row);
    if (!other) return;
    between += cosine(row, other);
    pairs++;
  });
  return { to_centroid: toCentroid, between_members: between / pairs };
}

/** The mean cosine is off by the noise's own spread, which falls with the dimension. */
const MOST_OFF = 0.01;

function assertAsForetold(found: Implied, { implied }: Generated, what: string): void {
  for (const name of ["to_centroid", "between_members"] as const)
    assert.ok(
      Math.abs(found[name] - implied[name]) < MOST_OFF,
      `${what}: ${name} ${found[name]}, not ${implied[name]}`,
    );
}

test("the cosines are those that were foretold, whatever the length of the centroids", async () => {
  const dim = 256;
  await withTempFolder(async (out) => {
    const { values } = writeCentroids(`${out}/c.npy`, 12, dim);
    const lengths = Array.from({ length: 12 }, (_, k) => Math.hypot(...values.subarray(k * dim, (k + 1) * dim)));
    assert.ok(Math.min(...lengths) > 5, "these are far from unit length");
    const cases: [string, number | undefined, string[]][] = [
      ["c80", 0.8, ["--cosine", "0.8"]],
      ["c30", 0.3, ["--cosine", "0.3", "--no-normalize"]],
      ["c999", 0.999, ["--cosine", "0.999"]],
      ["c1", 1, ["--cosine", "1"]],
      ["s5", undefined, ["--std-dev", "0.5"]],
      ["s", undefined, []],
    ];
    await inParallel(cases, async ([name, asked, flags]) => {
      const found = await generate(`${out}/${name}`, dim, "--centroids", `${out}/c.npy`, "--count", "3k", ...flags);
      const cosines = measured(found, values, dim);
      assertAsForetold(cosines, found, name);
      if (asked !== undefined) assert.ok(Math.abs(cosines.between_members - asked) < MOST_OFF, `${name}: ${asked}`);
    });
  });
});

test("the cosines of random centroids are those that were foretold", async () => {
  await withTempFolder(async (out) => {
    const args = ["--centroids", "10", "--dim", "300"];
    const [exact, noisy, tight] = await inParallel(
      [["0", "--std-dev", "0"], ["1"], ["2", "--cosine", "0.7"]],
      ([name, ...flags]) => generate(`${out}/${name}`, 300, ...args, "--count", "2k", ...flags),
    );
    const centroids = new Float32Array(3000);
    exact!.rows.forEach((row, at) => centroids.set(row, exact!.clusters[at]! * 300));
    for (let a = 0; a < 10; a++) {
      const own = centroids.subarray(a * 300, (a + 1) * 300);
      assert.ok(Math.abs(Math.hypot(...own) - 1) < 1e-6, "random centroids have unit length");
      for (let b = 0; b < a; b++)
        assert.ok(Math.abs(cosine(own, centroids.subarray(b * 300, (b + 1) * 300))) < 0.25, "in all directions");
    }
    assertAsForetold(measured(noisy!, centroids, 300), noisy!, "default noise");
    assertAsForetold(measured(tight!, centroids, 300), tight!, "--cosine 0.7");
    assert.ok(Math.abs(tight!.implied.between_members - 0.7) < 1e-6);
  });
});

test("without noise a memory is its centroid; --no-normalize keeps its length", async () => {
  await withTempFolder(async (out) => {
    const { values } = writeCentroids(`${out}/c.npy`, 9, 20);
    const args = ["--centroids", `${out}/c.npy`, "--count", "500"];
    const runs = [
      ["exact", "--std-dev", "0", "--no-normalize"],
      ["unit", "--std-dev", "0"],
      ["long", "--no-normalize"],
      ["short"],
    ];
    const [exact, unit, long, short] = await inParallel(runs, ([name, ...flags]) =>
      generate(`${out}/${name}`, 20, ...args, ...flags),
    );
    const own = (cluster: number) => values.subarray(cluster * 20, (cluster + 1) * 20);
    exact!.rows.forEach((row, at) => assert.deepEqual(row, own(exact!.clusters[at]!)));
    unit!.rows.forEach((row, at) => assert.ok(cosine(row, own(unit!.clusters[at]!)) > 1 - 1e-6));
    for (const { rows } of [unit!, short!]) for (const row of rows) assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-6);
    long!.rows.forEach((row, at) => {
      const length = Math.hypot(...row);
      assert.ok(length > 1.5, "it is not of unit length");
      row.forEach((x, i) => assert.ok(Math.abs(x / length - short!.rows[at]![i]!) < 1e-6, "the same direction"));
    });
  });
});

test("confidence is the base plus or minus 0.1, within 0.5 to 1, as float32", async () => {
  await withTempFolder(async (out) => {
    const cases: [base: string, from: number, to: number, clipped: number, mean: number][] = [
      ["0.7", 0.6, 0.8, 0, 0.7],
      ["0.55", 0.5, 0.65, 0.25, 0.55 + 0.1 / 16],
      ["0.95", 0.85, 1, 0.25, 0.95 - 0.1 / 16],
      ["0.2", 0.5, 0.5, 1, 0.5],
      ["1", 0.9, 1, 0.5, 0.975],
    ];
    await inParallel(cases, async ([base, from, to, clipped, mean]) => {
      const { lines } = await generate(
        `${out}/${base}`,
        2,
        ...["--centroids", "2", "--dim", "2"],
        "--count",
        "4k",
        "--confidence",
        base,
      );
      const found = lines.map(({ confidence }) => confidence);
      assert.ok(
        found.every((value) => value > from - 1e-6 && value < to + 1e-6),
        base,
      );
      const ends = found.filter((value) => value === 0.5 || value === 1).length / 4000;
      assert.ok(Math.abs(ends - clipped) < 0.03, `${base}: ${ends} of them are 0.5 or 1, expected ${clipped}`);
      assert.ok(Math.abs(found.reduce((sum, value) => sum + value / 4000, 0) - mean) < 0.005, base);
      if (clipped < 1) assert.ok(new Set(found).size > 4000 * (1 - clipped) * 0.95, `${base}: values repeat`);
    });
  });
});

test("a seed moves noise, clusters, confidence and words, 0 like any other, and random centroids too", async () => {
  await withTempFolder(async (out) => {
    writeCentroids(`${out}/c.npy`, 50, 8);
    const args = ["--centroids", `${out}/c.npy`, "--count", "400", "--no-normalize"];
    const runs = [[], ["--seed", "42"], ["--seed", "0"], ["--seed", "my-paper"]];
    const found = await inParallel(runs, (flags) => generate(`${out}/m${flags.join("")}`, 8, ...args, ...flags));
    const parts = found.map(({ rows, lines }) => [
      lines.map(({ cluster }) => cluster),
      rows.map((row, at) => row.map((x, i) => x - fixedCentroids(50, 8)[lines[at]!.cluster * 8 + i]!)),
      lines.map(({ confidence }) => confidence),
      lines.map(({ content }) => content.split(": ")[1]),
    ]);
    assert.deepEqual(parts[1], parts[0]);
    for (const [a, b] of [
      [0, 2],
      [0, 3],
      [2, 3],
    ] as const) {
      parts[a]!.forEach((part, at) => {
        const same = part.filter((value, row) => String(value) === String(parts[b]![at]![row])).length;
        assert.ok(same < 40, `part ${at} of seeds ${runs[a]} and ${runs[b]}: ${same} of 400 rows are the same`);
      });
    }
    const exact = ["--centroids", "1", "--dim", "8", "--count", "1", "--std-dev", "0"];
    const random = await inParallel(["42", "0"], (seed) => generate(`${out}/${seed}`, 8, ...exact, "--seed", seed));
    assert.ok(cosine(random[0]!.rows[0]!, random[1]!.rows[0]!) < 0.95);
  });
});

test("centroids give the same bytes from any kind of file, and the manifest says where they are", async () => {
  await withTempFolder(async (out) => {
    mkdirSync(`${out}/in`);
    const values = fixedCentroids(6, 16);
    const npy = npyOf(values, 16);
    const files: Record<string, Uint8Array> = {
      "c.npy": npy,
      "c.npz": zipOf({ name: "centroids.npy", method: "stored", data: npy }),
      "deflated.npz": zipOf({ name: "centroids.npy", method: "deflated", data: npy }),
      "c.fvecs": fvecsBytes(values, 16),
      "c.fbin": fbinBytes(values, 16),
      "c.jsonl": jsonlBytes(values, 16),
      "memories.jsonl": jsonlBytes(values, 16, (embedding) => ({ content: "x", embedding })),
      "100.npy": npy, // a name that begins as a number
    };
    const sums = await inParallel(Object.entries(files), async ([name, bytes]) => {
      writeFileSync(`${out}/in/${name}`, bytes);
      const output = `${out}/out/${name}.jsonl`;
      const { code, stderr } = await cli.run(
        ...["memories", "--centroids", `${out}/in/${name}`, "--count", "100", "--output", output, "--quiet"],
      );
      assert.deepEqual([code, stderr], [0, ""], name);
      const manifest = JSON.parse(readFileSync(`${out}/out/${name}.dataset.json`, "utf8")) as Manifest;
      assert.deepEqual(manifest.inputs, [{ name: "centroids", path: `../in/${name}`, sha256: sha256(values) }]);
      assert.deepEqual(manifest.recipe["centroids"], { count: 6, sha256: sha256(values) });
      return sha256OfPath(output) + manifest.recipe_sha256;
    });
    assert.equal(new Set(sums).size, 1);
  });
});
