import assert from "node:assert/strict";
import test from "node:test";
import { drawsOf } from "../../../src/core/kmeans/draw.ts";
import { createCore } from "../../../src/core/instance.ts";
import { storeRows } from "../../../src/core/kmeans/rows.ts";
import { chooseRows } from "../../../src/core/kmeans/seeding.ts";
import { clusteredRows } from "../../support/clusters.ts";
import { words } from "../../reference/words.ts";

function stored(sample: Float32Array, dim: number) {
  const core = createCore();
  const rows = storeRows(core, dim, sample.length / dim);
  rows.add(sample);
  return { core, rows };
}

test("draws are 53 bits of two words of the stream each, one after the other", () => {
  const address = { key: [3, 4], stream: 13 } as const;
  const draw = drawsOf(createCore(), address);
  const all = words(address, 0n, 1200);
  for (let at = 0; at < 1200; at += 2) {
    assert.equal(draw(), Number((BigInt(all[at]! >>> 5) << 26n) | BigInt(all[at + 1]! >>> 6)) / 2 ** 53);
  }
});

test("one row of each far cluster is chosen, whatever is drawn", () => {
  for (const [k, dim] of [
    [2, 1],
    [5, 3],
    [40, 30],
  ] as const) {
    const sample = new Float32Array(400 * dim);
    const place = (row: number) => row % k;
    for (let row = 0; row < 400; row++) sample.fill(1000 * place(row), row * dim, (row + 1) * dim);
    sample.forEach((value, i) => (sample[i] = value + (i % 7) / 100));
    const { core, rows } = stored(sample, dim);
    const chosen = [...chooseRows(core, rows, 400, k, drawsOf(core, { key: [k, 0], stream: 13 }))];
    assert.equal(new Set(chosen.map(place)).size, k, `${k} clusters`);
  }
});

test("no row is chosen twice while others differ, and all different ones are before any comes again", () => {
  const kinds = 9;
  const sample = Float32Array.from({ length: 300 }, (_, i) => 0.1 * (Math.floor(i / 3) % kinds) + (i % 3));
  const { core, rows } = stored(sample, 3);
  for (let seed = 0; seed < 20; seed++) {
    const draw = drawsOf(core, { key: [seed, 0], stream: 13 });
    const chosen = [...chooseRows(core, rows, 100, 15, draw)];
    assert.equal(chosen.length, 15);
    assert.equal(new Set(chosen.slice(0, kinds).map((row) => row % kinds)).size, kinds, `seed ${seed}`);
    assert.ok(chosen.every((row) => row >= 0 && row < 100));
  }
});

test("greedy choices leave a smaller sum than any rows would", () => {
  const { sample } = clusteredRows({ rows: 1000, k: 20, dim: 8, spread: 0.1, seed: 3 });
  const row = (at: number) => sample.subarray(8 * at, 8 * at + 8);
  const square = (a: number, b: number) => row(a).reduce((sum, x, i) => sum + (x - row(b)[i]!) ** 2, 0);
  const sumFor = (chosen: readonly number[]) => {
    let sum = 0;
    for (let at = 0; at < 1000; at++) sum += Math.min(...chosen.map((one) => square(at, one)));
    return sum;
  };
  const { core, rows } = stored(sample, 8);
  const chosen = [...chooseRows(core, rows, 1000, 20, drawsOf(core, { key: [1, 0], stream: 13 }))];
  const first = Array.from({ length: 20 }, (_, at) => at); // the sample is in random order
  assert.ok(sumFor(chosen) < 0.6 * sumFor(first), `${sumFor(chosen)} against ${sumFor(first)}`);
});
