import assert from "node:assert/strict";
import test from "node:test";
import { loadTokenizer } from "../../../src/embed/tokens.ts";
import { createItemsHash, itemsOf, type Item, type ItemOptions } from "../../../src/pipeline/embed/items.ts";
import type { SelectedDocument } from "../../../src/pipeline/embed/sample.ts";
import { drain } from "../../support/chunks.ts";
import { sha256 } from "../../support/sums.ts";

const plain: ItemOptions = {
  ...{ textField: "text", idField: "id", chunks: undefined, tokenizer: undefined, rowsPerShard: 4 },
};

async function itemsFrom(documents: readonly SelectedDocument[], options: Partial<ItemOptions> = {}): Promise<Item[]> {
  async function* given() {
    yield* documents;
  }
  const { items, error } = await drain(itemsOf(given(), { ...plain, ...options }));
  if (error) throw error;
  return items;
}

const documentOf = (row: number, text = `text ${row}`, fields: object = {}): SelectedDocument => ({
  ...{ row, id: `id-${row}`, text, fields: { id: `id-${row}`, text, ...fields } },
});
const documents = (count: number, text?: string) => Array.from({ length: count }, (_, row) => documentOf(row, text));

test("a document that is not cut is one item with its id, and the text as it is", async () => {
  const [item] = await itemsFrom([documentOf(7, " größer\n𝄞 ", { label: "a", deep: [1, { b: null }] })]);
  const { metadata, ...others } = item!;
  assert.deepEqual(others, { index: 0, shard: 0, id: "id-7", isChunk: false, text: " größer\n𝄞 ", tokens: 0 });
  assert.deepEqual(JSON.parse(metadata), {
    ...{ row: 7, text_field: "text", fields: { label: "a", deep: [1, { b: null }] } },
    chunk: { index: 0, count: 1, start: 0, end: 11 },
    chunking: { unit: "none", tokenizer: null, chunk_tokens: null, chunk_overlap: null },
  });
});

test("the revision of the files is told where there is one; else nothing of it", async () => {
  const told = async (revision?: string | null) => {
    const [{ metadata } = { metadata: "" }] = await itemsFrom([documentOf(3)], { revision });
    return metadata;
  };
  const bare = await told();
  assert.equal(await told(null), bare);
  assert.ok(!bare.includes("revision"));
  const { revision, ...others } = JSON.parse(await told('v"1')) as Record<string, unknown>;
  assert.equal(revision, 'v"1');
  assert.deepEqual(others, JSON.parse(bare));
});

test("the fields of text and id are not told twice, whatever they are called; no others, no fields", async () => {
  const fields = { body: "t", key: "k", text: "other", id: 5 };
  const given = { row: 0, id: "k", text: "t", fields };
  const [item] = await itemsFrom([given], { textField: "body", idField: "key" });
  const { fields: told, text_field } = JSON.parse(item!.metadata) as Record<string, unknown>;
  assert.deepEqual([told, text_field], [{ text: "other", id: 5 }, "body"]);
  const [bare] = await itemsFrom([documentOf(1)]);
  assert.ok(!("fields" in (JSON.parse(bare!.metadata) as object)));
});

test("chunks have numbered ids, and their places in the text", async () => {
  const tokenizer = await loadTokenizer();
  const long = Array.from({ length: 60 }, (_, i) => `word${i}`).join(" ");
  const items = await itemsFrom([documentOf(0, "short"), documentOf(1, long), documentOf(2, "short too")], {
    ...{ tokenizer, chunks: { maxTokens: 32, overlap: 4 } },
  });
  const parts = items.slice(1, -1);
  assert.ok(parts.length > 2);
  assert.deepEqual(
    items.map(({ id }) => id),
    ["id-0", ...parts.map((_, at) => `id-1#${at}`), "id-2"],
  );
  assert.deepEqual(
    items.map(({ index }) => index),
    items.map((_, at) => at),
  );
  for (const [at, { text, metadata, tokens }] of parts.entries()) {
    const { chunk, chunking } = JSON.parse(metadata) as {
      chunk: { index: number; count: number; start: number; end: number };
      chunking: object;
    };
    assert.deepEqual([chunk.index, chunk.count], [at, parts.length]);
    assert.equal(long.slice(chunk.start, chunk.end), text);
    assert.equal(tokens, tokenizer.countTokens(text));
    assert.deepEqual(chunking, { unit: "tokens", tokenizer: tokenizer.name, chunk_tokens: 32, chunk_overlap: 4 });
  }
});

test("a text that is only counted is not cut", async () => {
  const tokenizer = await loadTokenizer();
  const text = "some words ".repeat(1000);
  const items = await itemsFrom([documentOf(0, text)], { tokenizer });
  assert.deepEqual([items.length, items[0]!.tokens], [1, tokenizer.countTokens(text)]);
});

for (const [count, rowsPerShard, sizes] of [
  [0, 4, []],
  [1, 4, [1]],
  [4, 4, [4]],
  [5, 4, [4, 1]],
  [9, 3, [3, 3, 3]],
  [3, 1, [1, 1, 1]],
] as const) {
  test(`${count} items of ${rowsPerShard} a shard`, async () => {
    const items = await itemsFrom(documents(count), { rowsPerShard });
    assert.deepEqual(sizesOf(items), sizes);
  });
}

function sizesOf(items: readonly Item[]): number[] {
  const sizes: number[] = [];
  for (const { shard } of items) {
    assert.ok(shard === sizes.length || shard === sizes.length - 1, "shards have no gaps");
    sizes[shard] = (sizes[shard] ?? 0) + 1;
  }
  return sizes;
}

test("a shard ends before its texts and what is told of them are too much memory; one that is too long stands alone", async () => {
  const long = "x".repeat(10_000_000);
  assert.deepEqual(sizesOf(await itemsFrom(documents(7, long), { rowsPerShard: 100 })), [3, 3, 1]);
  const huge = "x".repeat(40_000_000);
  const mixed = [documentOf(0), documentOf(1, huge), documentOf(2), documentOf(3)];
  assert.deepEqual(sizesOf(await itemsFrom(mixed, { rowsPerShard: 100 })), [1, 1, 2]);
  const told = Array.from({ length: 7 }, (_, row) => documentOf(row, "short", { page: long }));
  assert.deepEqual(sizesOf(await itemsFrom(told, { rowsPerShard: 100 })), [3, 3, 1]);
});

test("items are the same at every reading", async () => {
  assert.deepEqual(await itemsFrom(documents(20)), await itemsFrom(documents(20)));
});

test("the hash of items is that of their ids and texts, and differs where one of them does", () => {
  const hashOf = (...items: { id: string; text: string }[]) => {
    const hash = createItemsHash();
    for (const item of items) hash.add(item);
    return hash.digest();
  };
  assert.equal(hashOf(), sha256(""));
  assert.equal(hashOf({ id: "ä", text: "b" }, { id: "c", text: "𝄞" }), sha256("ä\nb\nc\n𝄞\n"));
  assert.notEqual(hashOf({ id: "a", text: "b" }), hashOf({ id: "a", text: "c" }));
  assert.notEqual(hashOf({ id: "a", text: "b" }), hashOf({ id: "b", text: "b" }));
});
