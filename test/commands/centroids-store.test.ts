import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { embeddingOf } from "../doubles/memories.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { readCentroids } from "../support/centroids.ts";
import { assertClusters, COUNT, K, rowsInOrder, store, STORE_DIM, withStore } from "../support/centroidstore.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

test("a store gives the centroids of its embeddings, and the file says which store it was", async () => {
  await withStore(cli.run, {}, async (double, extract) => {
    const { stdout, found } = await extract();
    await assertClusters(found, rowsInOrder(0, COUNT));
    const { extras, ...rest } = found.json;
    assert.deepEqual(rest, {
      ...{ num_centroids: K, num_source_embeddings: COUNT, embedding_dim: STORE_DIM, seed: 42, endpoint: double.url },
    });
    assert.deepEqual(
      [extras.memories_without_embedding, extras.memories_missed, extras.embeddings_seen],
      [0, 0, COUNT],
    );
    assert.doesNotMatch(stdout, /Warning/);
    const again = await extract();
    assert.deepEqual([again.found.npy, again.found.text], [found.npy, found.text]);
  });
});

test("a sample of a store is drawn by seed and ids, whatever their order", async () => {
  const sums = new Set<string>();
  for (const [order, seed] of [
    [1, 42],
    [9, 42],
    [1, 0],
  ] as const) {
    await withStore(cli.run, { seed: order }, async (_, extract) => {
      const { stdout, found } = await extract("--sample", "120", "--seed", String(seed));
      const rows = rowsInOrder(0, COUNT, BigInt(seed)).subarray(0, 120 * STORE_DIM);
      await assertClusters(found, rows, seed);
      assert.match(stdout, /1,?100 embeddings of 768 dimensions, of which 120 are clustered \(--sample\)\n/);
      assert.deepEqual([found.json.num_source_embeddings, found.json.extras.embeddings_seen], [120, COUNT]);
      sums.add(sha256(found.npy));
    });
  }
  assert.equal(sums.size, 2);
});

test("--tier takes the memories of that tier, and a tier that is not there is named", async () => {
  const isHot = (id: string) => Number(id.slice(7)) < 300;
  const tierOf = (id: string) => (isHot(id) ? "hot" : "warm");
  await withStore(
    cli.run,
    { tiers: ["hot", "warm"], tierOf },
    async (double, extract) => {
      for (const [flags, from, to] of [
        [["--tier", "hot"], 0, 300],
        [["--tier", "warm"], 300, 500],
        [["--tier", "all"], 0, 500],
        [[], 0, 500],
      ] as const) {
        await assertClusters((await extract(...flags)).found, rowsInOrder(from, to));
      }
      const { code, stdout, stderr } = await cli.run("centroids", "--endpoint", double.url, "--tier", "cold");
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^seedbed: The cold tier is not there at http[^\n]+NOT_IMPLEMENTED[^\n]+\n$/);
    },
    500,
  );
});

test("--space reads that space alone", async () => {
  await withStore(
    cli.run,
    {},
    async (double, extract) => {
      store(double, 200, 450, "wiki-1");
      const { found } = await extract("--space", "wiki-1");
      await assertClusters(found, rowsInOrder(200, 450));
      await assertClusters((await extract()).found, rowsInOrder(0, 200));
    },
    200,
  );
});

test("memories without embeddings are counted and not clustered, whether or not the store makes one up", async () => {
  for (const placeholder of [true, false]) {
    await withStore(
      cli.run,
      { placeholder },
      async (double, extract) => {
        for (let i = 0; i < 40; i++) double.space().store({ id: `bare-${i}`, content: `Without ${i}` });
        double.space().store({ id: "flat", content: "All equal", embedding: new Float32Array(STORE_DIM).fill(-0.25) });
        const { found } = await extract();
        await assertClusters(found, rowsInOrder(0, 200));
        const { memories_without_embedding: without, embeddings_seen: seen } = found.json.extras;
        assert.deepEqual([without, seen], [41, 200]);
      },
      200,
    );
  }
});

test("memories that the store counts and never gives are told, on the screen and in the file", async () => {
  await withStore(
    cli.run,
    {},
    async (double, extract) => {
      double.setFault({
        alter(answer) {
          const { tier_counts: counts } = answer as { tier_counts?: Record<string, number> };
          return counts ? { ...answer, tier_counts: { ...counts, total: counts["total"]! + 17 } } : answer;
        },
      });
      const { stdout, found } = await extract();
      assert.match(stdout, /^Warning: [^\n]*\b17\b[^\n]*$/m);
      assert.equal(found.json.extras.memories_missed, 17);
      await assertClusters(found, rowsInOrder(0, 200));
    },
    200,
  );
});

test("a real-sized embedding is stored and read back as it was sent", async () => {
  await withTempFolder((folder) =>
    withEngram({}, async ({ url }) => {
      const embedding = embeddingOf(1);
      const stored = await fetch(`${url}/api/v1/memories/remember`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ id: "one", content: "One", embedding }),
      });
      assert.equal(stored.status, 201);
      await stored.text();
      const { code, stderr } = await cli.run(
        ...["centroids", "--endpoint", url, "--num-centroids", "1", "--output", `${folder}/c.npy`, "--quiet"],
      );
      assert.deepEqual([code, stderr], [0, ""]);
      assert.deepEqual([...readCentroids(`${folder}/c`).values], embedding);
    }),
  );
});
