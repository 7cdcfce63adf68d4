import assert from "node:assert/strict";
import test from "node:test";
import { centroidsOf, resolveMemories } from "../../src/datasets/memories.ts";
import { planMemories } from "../../src/datasets/memoryplan.ts";
import { planVectors, resolveVectors } from "../../src/datasets/vectors.ts";
import { receivePasses, sendPasses } from "../../src/pipeline/messages.ts";

const recipe = resolveMemories({ centroids: 9, dim: 6, count: 100 });
const memories = planMemories(recipe, centroidsOf(recipe, undefined), ["m.jsonl"]);
const vectors = planVectors(resolveVectors({ rows: 100 }));

test("passes reach a thread as they were", () => {
  for (const passes of [memories, vectors, [...memories, ...vectors]])
    assert.deepEqual(receivePasses(structuredClone(sendPasses(passes))), passes);
});

test("centroids travel as memory that is shared, not as numbers", () => {
  const [sent] = sendPasses(memories);
  const source = receivePasses([sent!])[0]!.sources[0]!;
  assert.ok(source.kind === "clustered" && source.centroids.buffer instanceof SharedArrayBuffer);
  const isNumbers = (value: unknown): boolean =>
    ArrayBuffer.isView(value) ||
    (typeof value === "object" && value !== null && Object.values(value as object).some(isNumbers));
  assert.equal(isNumbers(sent), false);
  assert.equal(isNumbers(memories), true);
});
