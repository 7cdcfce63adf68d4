import assert from "node:assert/strict";
import test from "node:test";
import type { StoreRecord } from "../../../src/data/records.ts";
import { openEngramStore } from "../../../src/targets/engram/store.ts";
import { memoryOf } from "../../doubles/memories.ts";
import { withEngram } from "../../doubles/withengram.ts";

function optionsFor(endpoint: string, sample: readonly StoreRecord[]) {
  const fixed = { name: undefined, create: false, dim: 768, metric: "l2", index: "none", concurrent: 2 } as const;
  return { ...fixed, endpoint, sample, tries: 3, baseMs: 1 };
}

test("a line that says all is sent as it is, and its vector is not read", async () => {
  await withEngram({}, async (double) => {
    const { id, ...memory } = memoryOf(1);
    const json = new TextEncoder().encode(JSON.stringify({ tags: ["as it is"], ...memory, id }));
    const record: StoreRecord = {
      ...{ row: 0, id, fields: { content: memory.content, confidence: memory.confidence }, json },
      get embedding(): Float32Array {
        return assert.fail("the vector was read");
      },
    };
    const store = await openEngramStore(optionsFor(double.url, [record]));
    try {
      await store.write([record], (_, refusal) => assert.equal(refusal, undefined));
      assert.deepEqual(await store.absent([record]), []);
      assert.deepEqual(double.memories.get(id)!.tags, ["as it is"]);
    } finally {
      await store.close();
    }
  });
});
