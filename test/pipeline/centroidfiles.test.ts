import assert from "node:assert/strict";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { describeCentroids, writeCentroids } from "../../src/pipeline/centroidfiles.ts";
import { readVectorSample } from "../../src/pipeline/readvectors.ts";
import { keyOf } from "../../src/core/key.ts";
import { readCentroids } from "../support/centroids.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const result: Parameters<typeof describeCentroids>[0] = {
  centroids: Float32Array.of(1, -0, 0.1, 3e-45, 5, 6),
  labels: Uint32Array.of(0, 1, 1, 2, 1),
  algorithm: "lloyd",
  sizes: [1, 3, 1],
  inertia: 0.1234567890123,
  iterations: 17,
  epochs: 5,
  reseeded: 2,
};

type Origin = Parameters<typeof describeCentroids>[1];

/** What is told of these centroids; some of it another. */
function describe(origin: Partial<Origin> = {}) {
  const usual = { seed: "42", endpoint: null, rows: 5, seen: 90, dim: 2, data: new Float32Array(10), details: {} };
  return describeCentroids(result, { ...usual, ...origin } as Origin);
}

test("Engram's five keys come first, in its order, and ours below extras", () => {
  const { extras, ...rest } = describe({ endpoint: "http://localhost:7432", details: { tier: "hot" } });
  assert.equal(
    JSON.stringify(rest),
    '{"num_centroids":3,"num_source_embeddings":5,"embedding_dim":2,"seed":42,"endpoint":"http://localhost:7432"}',
  );
  const { embeddings_seen, algorithm, iterations, epochs, inertia, sizes, cluster_sizes, centroids_sha256 } = extras;
  assert.deepEqual([embeddings_seen, algorithm, iterations, epochs, inertia], [90, "lloyd", 17, 5, 0.1234567890123]);
  assert.deepEqual([sizes, cluster_sizes], [{ min: 1, mean: 5 / 3, max: 3 }, [1, 3, 1]]);
  assert.equal(centroids_sha256, sha256(result.centroids));
  const said = extras as Record<string, unknown>;
  assert.deepEqual([said["tier"], said["reseeded"], said["created_at"]], ["hot", 2, undefined]);
});

test("a seed is a number where JSON keeps it apart from all others, and text elsewhere", () => {
  for (const [seed, expected] of [
    ["0", 0],
    ["42", 42],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", "9007199254740992"],
    ["18446744073709551615", "18446744073709551615"],
    ["my-paper", "my-paper"],
    ["größe", "größe"],
  ] as const) {
    assert.equal(describe({ seed }).seed, expected);
  }
});

test("the same centroids are described in the same words", () => {
  assert.equal(JSON.stringify(describe()), JSON.stringify(describe()));
});

test("a matrix of 65,536 sizes has its least and its greatest", () => {
  const sizes = Array.from({ length: 65_536 }, (_, at) => 1 + (at % 1000));
  const centroids = new Float32Array(65_536);
  const origin = { seed: "1", endpoint: null, rows: 40, seen: 40, dim: 1, data: centroids, details: {} };
  const { extras } = describeCentroids({ ...result, centroids, sizes }, origin as unknown as Origin);
  assert.deepEqual([extras.sizes.min, extras.sizes.max], [1, 1000]);
});

test("the array is float32 of shape (K, dim), bit for bit, with the JSON beside it", async () => {
  await withTempFolder(async (folder) => {
    writeCentroids(`${folder}/c`, result.centroids, 2, describe());
    const found = readCentroids(`${folder}/c`);
    assert.deepEqual(found.values, result.centroids);
    assert.ok(Object.is(found.values[1], -0));
    assert.equal(found.text, `${JSON.stringify(describe(), null, 2)}\n`);
    assert.equal(found.npy.length % 4, 0);
    assert.deepEqual(found.npy.subarray(0, 8), Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0));
    assert.deepEqual(readdirSync(folder).sort(), ["c.json", "c.npy"]);
    const { data } = await readVectorSample(`${folder}/c.npy`, { size: 3, key: keyOf(1) });
    assert.deepEqual([...data].sort(), [...result.centroids].sort());
  });
});

test("files that are there are replaced whole, and a link in the way is not followed", async (context) => {
  if (process.platform === "win32") return context.skip("needs links");
  await withTempFolder((folder) => {
    writeFileSync(`${folder}/elsewhere`, "mine");
    for (const name of ["c.npy", "c.json"]) writeFileSync(`${folder}/${name}`, "x".repeat(10_000));
    for (const name of ["c.npy", "c.json"]) symlinkSync("elsewhere", `${folder}/${name}.part`);
    writeCentroids(`${folder}/c`, result.centroids, 2, describe());
    assert.deepEqual(readCentroids(`${folder}/c`).values, result.centroids);
    assert.equal(readFileSync(`${folder}/elsewhere`, "utf8"), "mine");
    assert.deepEqual(readdirSync(folder).sort(), ["c.json", "c.npy", "elsewhere"]);
  });
});
