import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import type { MemoryLinesSpec } from "../../src/data/plan.ts";
import type { RowBlock } from "../../src/data/rows.ts";
import { createMemoryWriter } from "../../src/formats/memoryjson.ts";
import { memoryLinesEncoder, memoryLinesLength } from "../../src/formats/memorylines.ts";
import { OBJECTS, SENTENCES, TOPICS, VERBS } from "../../src/formats/memorywords.ts";
import { decimal } from "../reference/decimals.ts";
import { createRandom } from "./samples.ts";

const SPEC: MemoryLinesSpec = { kind: "memorylines", idPrefix: "abc-", withEmbedding: true, digits: 0, lineBytes: 100 };

/** Rows whose sentences begin with the first and the last. */
function blockOf(start: number, rows: number, dim: number): RowBlock {
  const random = createRandom(rows + dim);
  const column = (name: string, dtype: "<f4" | "<u4", shape: number[], data: Float32Array | Uint32Array) => ({
    field: { name, dtype, shape },
    data,
  });
  const sentences = Uint32Array.from({ length: rows }, () => Math.floor(random() * SENTENCES));
  sentences.set([0, SENTENCES - 1].slice(0, rows));
  const clusters = Uint32Array.from({ length: rows }, () => Math.floor(random() * 2 ** 32));
  clusters.set([0, 2 ** 32 - 1].slice(0, rows));
  return {
    start,
    rows,
    columns: [
      column(
        "embedding",
        "<f4",
        [dim],
        Float32Array.from({ length: rows * dim }, () => (random() - 0.5) / 10),
      ),
      column(
        "confidence",
        "<f4",
        [],
        Float32Array.from({ length: rows }, (_, row) => (row === 1 ? 1 : random())),
      ),
      column("cluster", "<u4", [], clusters),
      column("sentence", "<u4", [], sentences),
    ],
  };
}

/** The lines by the letter of the contract. */
function linesOf(
  { start, rows, columns }: RowBlock,
  { idPrefix, withEmbedding, digits }: MemoryLinesSpec,
  dim: number,
): string {
  const [embedding, confidence, cluster, sentence] = columns.map(({ data }) => data as ArrayLike<number>);
  let text = "";
  for (let row = 0; row < rows; row++) {
    const number = String(start + row).padStart(7, "0");
    const drawn = sentence![row]!;
    const [topic, verb] = [
      Math.floor(drawn / (VERBS.length * OBJECTS.length)),
      Math.floor(drawn / OBJECTS.length) % VERBS.length,
    ];
    const values = Array.from({ length: dim }, (_, i) => decimal(embedding![row * dim + i]!, digits)).join(",");
    text +=
      `{"content":"Synthetic memory ${number}: ${TOPICS[topic]} ${VERBS[verb]} ${OBJECTS[drawn % OBJECTS.length]}.",` +
      (withEmbedding ? `"embedding":[${values}],` : "") +
      `"confidence":${decimal(confidence![row]!)},"id":"${idPrefix}${number}","cluster":${cluster![row]!}}\n`;
  }
  return text;
}

for (const spec of [SPEC, { ...SPEC, digits: 4 }, { ...SPEC, withEmbedding: false, idPrefix: "" }]) {
  test(`lines equal the twin: ${JSON.stringify(spec)}`, () => {
    for (const dim of [1, 2, 3, 4, 5, 17, 67]) {
      const encoder = memoryLinesEncoder(createCore(), spec, dim, 67);
      for (const [start, rows] of [
        [0, 67],
        [9_999_999, 2],
        [2 ** 32 - 1, 3],
        [2 ** 53 - 1, 1],
        [5, 0],
      ] as const) {
        const block = blockOf(start, rows, dim);
        const text = new TextDecoder().decode(encoder.encode(block).bytes);
        assert.equal(text, linesOf(block, spec, dim), `${dim} values, ${rows} rows from ${start}`);
        assert.ok(text.length <= memoryLinesLength(spec, dim, rows).atMost);
        for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
      }
    }
  });
}

test("the expected length is that of average lines", () => {
  assert.equal(memoryLinesLength({ ...SPEC, lineBytes: 12.5 }, 3, 1000).expected, 12_500);
});

test("words are told apart, and none needs to be escaped", () => {
  for (const words of [TOPICS, VERBS, OBJECTS]) {
    assert.equal(new Set(words).size, words.length);
    for (const word of words) assert.match(word, /^[A-Za-z][a-z -]+[a-z]$/);
  }
  assert.equal(SENTENCES, TOPICS.length * VERBS.length * OBJECTS.length);
});

test("a memory of text is JSON with shortest float32 values, its text escaped; without embedding too", () => {
  const write = createMemoryWriter(createCore(), 3);
  const content = 'Zwölf "Ω"\\\n\u0000\u2028\ud83c\udf31';
  const embedding = Float32Array.of(0.1, -1e-20, 3);
  const memory = { id: 'a"b', content, confidence: 0.65 };
  const line = write({ ...memory, embedding });
  assert.ok(!line.includes("\n") && line.includes('"embedding":[0.1,-1e-20,3.0],"confidence":0.65,"id":'), line);
  assert.deepEqual(JSON.parse(line), { ...memory, embedding: [0.1, -1e-20, 3] });
  assert.deepEqual(Object.keys(JSON.parse(line) as object), ["content", "embedding", "confidence", "id"]);
  assert.deepEqual(JSON.parse(write(memory)), memory);
  assert.deepEqual(JSON.parse(write({ ...memory, embedding })), JSON.parse(line), "the same again");
});
