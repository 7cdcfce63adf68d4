import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { missingChroma, startChroma } from "../support/chromaserver.ts";
import { nearestRows } from "../support/neighbours.ts";
import { K, killed, QUERIES, ROWS, withVectors } from "../support/storeloads.ts";

test(
  "Chroma: 10k rows are loaded through kills of the load and of the server, and found",
  { skip: missingChroma() },
  async () => {
    const server = await startChroma();
    await withVectors(async (input, _, dataset) => {
      const to = ["--to", "chroma", "--endpoint", server.url, "--create"];
      await killed(input, [...to, "--batch-size", "100", "--concurrent", "1"], async () => {
        await server.kill();
        await sleep(200);
        await server.start();
      });
      const { id } = (await server.get("/vectors_10k")) as { id: string };
      assert.equal(await server.get(`/${id}/count`), ROWS);
      const got = (await server.post(`/${id}/get`, { ids: ["5", "9999"], include: ["embeddings", "metadatas"] })) as {
        ids: string[];
        embeddings: number[][];
        metadatas: unknown[];
      };
      for (const [at, row] of got.ids.map(Number).entries()) {
        assert.deepEqual(got.embeddings[at]!.map(Math.fround), [...dataset.vectorOf(row)]);
        assert.deepEqual(got.metadatas[at], { cls: dataset.classes[row] });
      }
      const queries = QUERIES.map((row) => [...dataset.vectorOf(row)]);
      const found = (await server.post(`/${id}/query`, { query_embeddings: queries, n_results: K, include: [] })) as {
        ids: string[][];
      };
      // Its index is approximate: that it is exact where it is told to search all is shown elsewhere.
      for (const [at, row] of QUERIES.entries()) {
        const exact = new Set(nearestRows(dataset, row, K).map(String));
        assert.equal(found.ids[at]![0], String(row));
        assert.ok(found.ids[at]!.filter((one) => exact.has(one)).length >= K - 2);
      }
    }).finally(server.stop);
  },
);
