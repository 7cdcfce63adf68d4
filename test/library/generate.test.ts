import assert from "node:assert/strict";
import test from "node:test";
import {
  generateVectors,
  InputError,
  readNpy,
  type GenerateVectorsOptions,
  type VectorBlock,
} from "../../src/index.ts";
import { assertSameBits, assertSameBytes } from "../reference/same.ts";
import { writeVectors } from "../support/dataset.ts";
import { withTempFolder } from "../support/temp.ts";

async function collect(options: GenerateVectorsOptions): Promise<VectorBlock[]> {
  const blocks: VectorBlock[] = [];
  for await (const block of generateVectors(options)) blocks.push(block);
  return blocks;
}

/** All blocks as one; asserts that they follow each other and have the shapes they say. */
function join(blocks: readonly VectorBlock[]): { vectors: Float32Array; classes: Uint8Array; start: number } {
  const { start, dim } = blocks[0]!;
  let next = start;
  for (const block of blocks) {
    assert.deepEqual([block.start, block.dim], [next, dim]);
    assert.deepEqual([block.vectors.length, block.classes.length], [block.rows * dim, block.rows]);
    next += block.rows;
  }
  return {
    start,
    vectors: Float32Array.from(blocks.flatMap((block) => [...block.vectors])),
    classes: Uint8Array.from(blocks.flatMap((block) => [...block.classes])),
  };
}

const options = { rows: 1000, dim: 7, seed: "my-paper", classes: { yes: 0.25, no: 0.75 } } as const;

test("the blocks are the rows that the command writes", async () => {
  const { vectors, classes } = join(await collect(options));
  await withTempFolder(async (folder) => {
    await writeVectors(folder, options);
    const stored = await readNpy(`${folder}/vectors.npy`);
    assert.deepEqual(stored.shape, [1000, 7]);
    assertSameBits(vectors, stored.data as Float32Array, "vectors");
  });
  assert.ok(Math.abs(classes.filter((code) => code === 0).length - 250) < 60);
  assert.ok(classes.every((code) => code < 2));
});

test("blocks carry the names of their classes in the order given", async () => {
  const [block] = await collect({
    rows: 3,
    dim: 2,
    classes: [
      ["7", 0.5],
      ["3", 0.5],
    ],
  });
  assert.deepEqual(block!.classNames, ["7", "3"]);
});

test("the number of rows in a block changes nothing", async () => {
  const whole = join(await collect(options));
  for (const blockRows of [1, 7, 16, 999, 1000, 5000]) {
    const blocks = await collect({ ...options, blockRows });
    assert.equal(blocks.length, Math.ceil(1000 / blockRows));
    const { vectors, classes } = join(blocks);
    assertSameBits(vectors, whole.vectors, `blocks of ${blockRows}`);
    assertSameBytes(classes, whole.classes, `blocks of ${blockRows}`);
  }
});

test("a range is the slice of the whole", async () => {
  const whole = join(await collect(options));
  for (const [from, to] of [
    [0, 1],
    [3, 20],
    [17, 1000],
    [999, 1000],
  ] as const) {
    const part = join(await collect({ ...options, range: [from, to], blockRows: 5 }));
    assert.equal(part.start, from);
    assertSameBits(part.vectors, whole.vectors.subarray(from * 7, to * 7), `rows ${from} to ${to}`);
    assertSameBytes(part.classes, whole.classes.subarray(from, to), `rows ${from} to ${to}`);
  }
});

test("the first rows of a larger dataset are the smaller one", async () => {
  const [block] = await collect({ ...options, rows: 2 ** 53 - 1, range: [0, 1000], blockRows: 1000 });
  assertSameBits(block!.vectors, join(await collect(options)).vectors, "first 1000 of 2^53 - 1");
});

test("a timer may abort from outside: the blocks leave it its turn", async () => {
  const signal = AbortSignal.timeout(20);
  await assert.rejects(
    async () => {
      for await (const block of generateVectors({ rows: 1e9, dim: 100, signal })) assert.ok(block.rows > 0);
    },
    { name: "TimeoutError" },
  );
});

test("an aborted signal stops before the next block, with its reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen: number[] = [];
  const run = async () => {
    for await (const { start } of generateVectors({ ...options, blockRows: 100, signal: controller.signal })) {
      seen.push(start);
      if (start === 200) controller.abort(reason);
    }
  };
  await assert.rejects(run, (error) => error === reason);
  assert.deepEqual(seen, [0, 100, 200]);
  await assert.rejects(generateVectors({ ...options, signal: controller.signal }).next(), (error) => error === reason);
});

test("a loop may be left early", async () => {
  for await (const { rows } of generateVectors({ ...options, rows: 2 ** 53 - 1, blockRows: 10 })) {
    assert.equal(rows, 10);
    break;
  }
});

const refused: [what: string, options: unknown][] = [
  ...[0, -5, 1.5, NaN, 2 ** 53, "1000", undefined].map((rows): [string, unknown] => [`rows ${rows}`, { rows }]),
  ...[0, -1, 1.5, 65_537].map((dim): [string, unknown] => [`dim ${dim}`, { rows: 10, dim }]),
  ...[0, -16, 1.5, NaN].map((blockRows): [string, unknown] => [`blocks of ${blockRows}`, { rows: 10, blockRows }]),
  ["blocks beyond the memory", { rows: 1e9, dim: 100, blockRows: 1e9 }],
  ["more values than addresses", { rows: 2 ** 53 - 1, dim: 65_536 }],
  ["seed -1", { rows: 10, seed: -1 }],
  ["distribution", { rows: 10, distribution: "cauchy" }],
  ["no classes", { rows: 10, classes: {} }],
  ["257 classes", { rows: 10, classes: Array.from({ length: 257 }, (_, i) => [`c${i}`, 1 / 257]) }],
  ["shares that sum to 0.9", { rows: 10, classes: { a: 0.4, b: 0.5 } }],
  ["shares that sum to 1 + 2e-9", { rows: 10, classes: { a: 0.5, b: 0.5 + 2e-9 } }],
  ["a negative share", { rows: 10, classes: { a: -0.5, b: 1.5 } }],
  ["a share of 0", { rows: 10, classes: { a: 0, b: 1 } }],
  ["a share that is no number", { rows: 10, classes: { a: NaN, b: 1 } }],
  ["a name of more than 255 bytes", { rows: 10, classes: { ["ä".repeat(128)]: 1 } }],
  ["a seed of more than 255 bytes", { rows: 10, seed: "w".repeat(256) }],
  ["a seed that is no text", { rows: 10, seed: "\ud800" }],
  ["an empty name", { rows: 10, classes: { "": 0.5, b: 0.5 } }],
  [
    "a name twice",
    {
      rows: 10,
      classes: [
        ["a", 0.5],
        ["a", 0.5],
      ],
    },
  ],
  ...[
    [5, 5],
    [6, 5],
    [-1, 5],
    [0, 11],
    [0.5, 5],
  ].map((range): [string, unknown] => [`range ${range}`, { rows: 10, range }]),
];
for (const [what, given] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      generateVectors(given as GenerateVectorsOptions).next(),
      (error) => error instanceof InputError && !error.message.includes("\n"),
    );
  });
}

test("shares that sum to 1 but for rounding are accepted", async () => {
  const tenth = Array.from({ length: 10 }, (_, i): [string, number] => [`c${i}`, 0.1]);
  assert.equal((await collect({ rows: 10, classes: tenth })).length, 1);
});
