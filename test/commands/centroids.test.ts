import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { keyOf } from "../../src/core/key.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import { loadParquet } from "../../src/formats/parquet.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { bytesOf } from "../../src/data/dtype.ts";
import { createRowPriorities } from "../../src/pipeline/rowsample.ts";
import { fbinBytes, fvecsBytes, jsonlBytes } from "../formats/vectorbytes.ts";
import { zipOf } from "../formats/zips.ts";
import { sampleBySorting } from "../reference/rowsample.ts";
import { buildCli } from "../support/built.ts";
import { assertTrue, assignRows, readCentroids, rowsOf, writeRows, type CentroidsJson } from "../support/centroids.ts";
import { npyOf } from "../support/memories.ts";
import { inParallel } from "../support/parallel.ts";
import { sha256, sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const DIM = 12;
const values = rowsOf(900, DIM);

/** Runs `centroids --input` to its end without complaint. */
async function extract(input: string, stem: string, ...flags: string[]) {
  const { code, stderr } = await cli.run(
    ...["centroids", "--input", input, "--num-centroids", "8", "--output", `${stem}.npy`, "--quiet", ...flags],
  );
  assert.deepEqual([code, stderr], [0, ""], flags.join(" "));
  return readCentroids(stem);
}

/** Runs `use` in a folder with the rows as `in.npy`. */
function withRows(use: (folder: string, input: string) => Promise<void>, rows = values, dim = DIM): Promise<void> {
  return withTempFolder(async (folder) => {
    writeRows(`${folder}/in.npy`, rows, dim);
    await use(folder, `${folder}/in.npy`);
  });
}

/** The rows of a file that a sample of `size` takes, in its order. */
function sampled(rows: Float32Array, dim: number, size: number, seed: string): Float32Array {
  const count = rows.length / dim;
  const words = createRowPriorities(createCore(), keyOf(seed), count)(0, count);
  const priorities = Array.from({ length: count }, (_, row) => [words[2 * row]!, words[2 * row + 1]!] as const);
  return sampleBySorting(size, dim, priorities, rows);
}

test("centroids.json has Engram's five keys in its order, ours below them, and all of it is true", async () => {
  await withRows(async (folder, input) => {
    const found = await extract(input, `${folder}/c`);
    const { json, text } = found;
    assert.deepEqual(Object.keys(json), [
      ...["num_centroids", "num_source_embeddings", "embedding_dim", "seed", "endpoint", "extras"],
    ]);
    const { extras, ...rest } = json;
    assert.deepEqual(rest, {
      ...{ num_centroids: 8, num_source_embeddings: 900, embedding_dim: DIM, seed: 42, endpoint: null },
    });
    assert.equal(text, `${JSON.stringify(json, null, 2)}\n`);
    assertTrue(found, values);
    assert.equal(extras.embeddings_seen, 900);
    assert.equal(extras.input_sha256, sha256(sampled(values, DIM, 900, "42")));
    assert.ok(!("created_at" in extras) && !("memories_missed" in extras), text);
    assert.ok(Number.isInteger(extras.iterations) && extras.iterations > 1);
    assert.equal(extras.reseeded, 0);
  });
});

test("whole passes end where each centroid is the mean of its rows", async () => {
  await withRows(async (folder, input) => {
    const { values: centroids } = await extract(input, `${folder}/c`, "--algorithm", "lloyd");
    const { labels, sizes } = assignRows(values, centroids, DIM);
    const means = new Float64Array(centroids.length);
    labels.forEach((label, row) => {
      for (let i = 0; i < DIM; i++) means[label * DIM + i]! += values[row * DIM + i]! / sizes[label]!;
    });
    for (const [at, mean] of means.entries()) assert.ok(Math.abs(mean - centroids[at]!) < 1e-5, `value ${at}`);
  });
});

test("any kind of file gives the same centroids", async () => {
  const inNpy = npyOf(values, DIM);
  const parquet = await loadParquet();
  const column = { name: "emb", type: "float32[]", length: DIM, values } as const;
  const wide = [npyHeader("<f8", [900, DIM]), bytesOf(Float64Array.from(values))];
  const files: Record<string, Uint8Array> = {
    "a.npy": inNpy,
    "wide.npy": joinBytes(wide),
    "a.npz": zipOf({ name: "embeddings.npy", method: "deflated", data: inNpy }),
    "a.parquet": parquet.encode([column], { rowGroupRows: 256 }),
    "a.fvecs": fvecsBytes(values, DIM),
    "a.fbin": fbinBytes(values, DIM),
    "a.jsonl": jsonlBytes(values, DIM),
    "memories.jsonl": jsonlBytes(values, DIM, (embedding) => ({ content: "x", embedding })),
  };
  await withTempFolder(async (folder) => {
    for (const size of ["50k", "300"]) {
      const found = await inParallel(Object.entries(files), async ([name, bytes]) => {
        writeFileSync(`${folder}/${name}`, bytes);
        const { values: centroids, json } = await extract(
          `${folder}/${name}`,
          `${folder}/${name}-${size}`,
          "--sample",
          size,
        );
        return [sha256(centroids), json.extras.input_sha256, json.extras.inertia];
      });
      for (const [at, name] of Object.keys(files).entries()) assert.deepEqual(found[at], found[0], `${name}, ${size}`);
    }
  });
});

test("a sample is drawn by the seed: 0 is one like any other, and words are", async () => {
  await withRows(async (folder, input) => {
    const seeds = ["42", "0", "7", "my-paper", "18446744073709551615"];
    const found = await inParallel(seeds, (seed) =>
      extract(input, `${folder}/s${seed}`, "--sample", "250", "--seed", seed),
    );
    assert.deepEqual(
      found.map(({ json }) => json.seed),
      [42, 0, 7, "my-paper", "18446744073709551615"],
    );
    found.forEach((each, at) => {
      const rows = sampled(values, DIM, 250, seeds[at]!);
      assertTrue(each, rows);
      assert.equal(each.json.extras.embeddings_seen, 900);
      assert.equal(each.json.extras.input_sha256, sha256(rows));
    });
    assert.equal(new Set(found.map(({ npy }) => sha256(npy))).size, seeds.length);
    const again = await extract(input, `${folder}/again`, "--sample", "250", "--seed", "042");
    assert.deepEqual([again.npy, again.text], [found[0]!.npy, found[0]!.text]);
  });
});

const large = rowsOf(6000, DIM, 3);

test("workers change nothing, and a run says which algorithm was", async () => {
  await withRows(
    async (folder, input) => {
      const runs = ["minibatch", "lloyd"].flatMap((name) => ["0", "1", "2", "3"].map((workers) => [name, workers]));
      const found = await inParallel(runs, ([name, workers]) =>
        extract(input, `${folder}/${name}${workers}`, "--algorithm", name!, "--workers", workers!),
      );
      const [minibatch, lloyd] = [found[0]!, found[4]!];
      found.forEach(({ npy, text }, at) => {
        const expected = at < 4 ? minibatch : lloyd;
        assert.deepEqual([npy, text], [expected.npy, expected.text], runs[at]!.join(" with workers "));
      });
      for (const each of [minibatch, lloyd]) assertTrue(each, large);
      assert.deepEqual([minibatch.json.extras.algorithm, lloyd.json.extras.algorithm], ["minibatch", "lloyd"]);
      assert.notDeepEqual(minibatch.npy, lloyd.npy);
      assert.ok(lloyd.json.extras.inertia <= minibatch.json.extras.inertia);
    },
    large,
    DIM,
  );
});

test("a small sample is clustered by whole passes, whatever was asked, and the file says so", async () => {
  await withRows(async (folder, input) => {
    const [asked, usual] = await inParallel(["lloyd", "minibatch"], (name) =>
      extract(input, `${folder}/${name}`, "--algorithm", name),
    );
    assert.equal(usual!.json.extras.algorithm, "lloyd");
    assert.deepEqual([usual!.npy, usual!.text], [asked!.npy, asked!.text]);
  });
});

test("as many centroids as rows are the rows; one is their mean; equal rows leave clusters empty", async () => {
  await withRows(
    async (folder, input) => {
      const all = await extract(input, `${folder}/all`, "--num-centroids", "30");
      const rowsIn = (from: Float32Array) =>
        Array.from({ length: 30 }, (_, row) => `${from.slice(2 * row, 2 * row + 2)}`);
      assert.deepEqual(rowsIn(all.values).sort(), rowsIn(rowsOf(30, 2)).sort());
      assert.deepEqual([all.json.extras.inertia, all.json.extras.sizes], [0, { min: 1, mean: 1, max: 1 }]);
      assertTrue(await extract(input, `${folder}/one`, "--num-centroids", "1"), rowsOf(30, 2));
      const copies = Float32Array.from({ length: 60 }, (_, i) => (i % 6) + 1); // rows 1 2, 3 4, 5 6, ten times
      writeRows(`${folder}/copies.npy`, copies, 2);
      const few = await extract(`${folder}/copies.npy`, `${folder}/few`, "--num-centroids", "5");
      assertTrue(few, copies);
      assert.deepEqual([...few.json.extras.cluster_sizes].sort(), [0, 0, 10, 10, 10]);
      assert.equal(few.json.extras.inertia, 0);
    },
    rowsOf(30, 2),
    2,
  );
});

test("--json prints one object with all that the file says; people read the rest on standard error", async () => {
  await withRows(async (folder, input) => {
    const args = ["centroids", "--input", input, "--num-centroids", "8", "--output", `${folder}/c.npy`];
    const { code, stdout, stderr } = await cli.run(...args, "--json");
    assert.equal(code, 0, stderr);
    const { output, seconds, ...said } = JSON.parse(stdout) as CentroidsJson & { output: string; seconds: number };
    assert.deepEqual(said, readCentroids(`${folder}/c`).json);
    assert.equal(output, `${folder}/c.npy`);
    assert.ok(seconds > 0 && seconds < 60);
    assert.match(stderr, /900 embeddings of 12 dimensions\n/);
    const plain = await cli.run(...args, "--force", "--sample", "100");
    assert.deepEqual([plain.code, plain.stderr], [0, ""]);
    assert.match(plain.stdout, /900 embeddings of 12 dimensions, of which 100 are clustered \(--sample\)\n/);
    assert.match(plain.stdout, /c\.npy: 8 centroids in .*inertia [\d.]+; cluster sizes \d+ to \d+, mean 12\.5\n$/);
  });
});

test("the same run gives the same bytes; what is there stays, unless --force replaces it", async () => {
  await withRows(async (folder, input) => {
    const first = await extract(input, `${folder}/c`);
    const args = ["centroids", "--input", input, "--num-centroids", "8", "--output", `${folder}/c.npy`, "--seed", "1"];
    const refused = await cli.run(...args);
    assert.deepEqual([refused.code, refused.stdout], [2, ""]);
    assert.match(refused.stderr, /^seedbed: \S+c\.npy exists: give another --output, or --force to replace it\n$/);
    assert.deepEqual(readCentroids(`${folder}/c`).npy, first.npy);
    const other = await extract(input, `${folder}/c`, "--seed", "1", "--force");
    assert.notDeepEqual(other.npy, first.npy);
    const again = await extract(input, `${folder}/c`, "--force");
    assert.deepEqual([again.npy, again.text], [first.npy, first.text]);
    writeFileSync(`${folder}/d.json`, "mine");
    const beside = await cli.run("centroids", "--input", input, "--output", `${folder}/d.npy`);
    assert.equal(beside.code, 2);
    assert.match(beside.stderr, /d\.json exists/);
    assert.equal(readFileSync(`${folder}/d.json`, "utf8"), "mine");
    assert.ok(!existsSync(`${folder}/d.npy`));
    assert.deepEqual(readdirSync(folder).sort(), ["c.json", "c.npy", "d.json", "in.npy"]);
  });
});

test("missing folders of --output are made, and memories takes what is in them", async () => {
  await withRows(async (folder, input) => {
    const { npy } = await extract(input, `${folder}/a/b/c`);
    assert.deepEqual(readdirSync(`${folder}/a/b`).sort(), ["c.json", "c.npy"]);
    assert.equal(sha256(npy), sha256OfPath(`${folder}/a/b/c.npy`));
    const { code, stderr } = await cli.run(
      ...[
        "memories",
        "--centroids",
        `${folder}/a/b/c.npy`,
        "--count",
        "10",
        "--output",
        `${folder}/m.jsonl`,
        "--quiet",
      ],
    );
    assert.deepEqual([code, stderr], [0, ""]);
  });
});
