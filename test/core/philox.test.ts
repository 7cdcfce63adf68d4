import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { philox4x32 } from "../reference/philox.ts";

interface KnownAnswer {
  readonly counter: readonly [number, number, number, number];
  readonly key: readonly [number, number];
  readonly result: readonly number[];
}

const text = readFileSync(new URL("../golden/philox4x32-10.txt", import.meta.url), "utf8");
const knownAnswers = text
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line): KnownAnswer => {
    const words = line.split(/\s+/).map((word) => Number.parseInt(word, 16));
    const [c0, c1, c2, c3, k0, k1, ...result] = words as [number, number, number, number, number, number, ...number[]];
    return { counter: [c0, c1, c2, c3], key: [k0, k1], result };
  });

test("the twin gives the published answers", () => {
  assert.equal(knownAnswers.length, 3);
  for (const { counter, key, result } of knownAnswers) assert.deepEqual([...philox4x32(counter, key)], result);
});

test("the kernel gives the published answers whose counters have a zero in word 2", () => {
  const core = createCore();
  const out = core.alloc(64);
  const reachable = knownAnswers.filter(({ counter: [, , c2] }) => c2 === 0);
  assert.equal(reachable.length, 1);
  for (const { counter, key, result } of reachable) {
    core.kernels.setKey(...key);
    core.kernels.bits(out, 1, counter[0], counter[1], counter[3]);
    const group = new Uint32Array(core.kernels.memory.buffer, out, 16);
    assert.deepEqual([group[0], group[4], group[8], group[12]], result);
  }
});
