import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { EmbeddingIdentity } from "../../../src/data/embeddings.ts";
import { localProvider } from "../../../src/embed/local.ts";
import { createPreprocessing } from "../../../src/embed/preprocess.ts";
import { loadTokenizer } from "../../../src/embed/tokens.ts";
import { planEmbedding, type EmbedAsked } from "../../../src/pipeline/embed/plan.ts";
import { drain } from "../../support/chunks.ts";
import { withTempFolder } from "../../support/temp.ts";
import { providerDouble } from "./runs.ts";

const LONG = "some more words of a text ".repeat(40);

function askedOf(folder: string, asked: Partial<EmbedAsked> = {}): EmbedAsked {
  const path = `${folder}/a.jsonl`;
  const rows = [
    { id: "a", text: "one" },
    { id: "b", text: " " },
    { id: "c" },
    { id: "d", text: LONG },
    { id: "a", text: "x" },
  ];
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return {
    raw: { source: "file", dataset: "d", split: "train", revision: null, files: [path] },
    ...{ textField: "text", idField: "id", seed: 42, n: 10, chunkOverlap: 0, rowsPerShard: 100, ...asked },
  };
}

const plan = (asked: EmbedAsked, provider = providerDouble(), onBytes: (count: number) => void = () => {}) =>
  planEmbedding(asked, provider, new AbortController().signal, onBytes);

test("a plan counts the rows that are taken, and says of the others why", async () => {
  await withTempFolder(async (folder) => {
    let bytes = 0;
    const { split, chunks, tokens, sample, documents } = await plan(
      askedOf(folder),
      providerDouble(),
      (count) => (bytes += count),
    );
    assert.deepEqual([chunks, tokens, sample.size], [2, undefined, 2]);
    assert.deepEqual(split.rows_skipped, { "empty text": 1, "no text field": 1, "duplicate id": 1 });
    assert.deepEqual([split.rows_read, split.rows_sampled], [5, 2]);
    assert.equal(bytes % documents.byteLength, 0);
    assert.ok(bytes > 0);
  });
});

test("texts are cut as it is asked, or as long as the provider takes them, and their tokens counted", async () => {
  await withTempFolder(async (folder) => {
    const { countTokens } = await loadTokenizer();
    const cases: [asked: Partial<EmbedAsked>, maxTextTokens: number | undefined, most: number][] = [
      [{ chunkTokens: 32 }, undefined, 32],
      [{}, 64, 64],
      [{ chunkTokens: 32 }, 64, 32],
    ];
    for (const [asked, maxTextTokens, most] of cases) {
      const found = await plan(askedOf(folder, asked), { ...providerDouble(), maxTextTokens } as never);
      const { items } = await drain(found.items());
      assert.ok(items.length > 2 && items.every(({ text }) => countTokens(text) <= most));
      assert.equal(found.chunks, items.length);
      assert.equal(
        found.tokens,
        items.reduce((sum, { text }) => sum + countTokens(text), 0),
      );
      assert.equal(found.split.identity["chunk_tokens"], most);
    }
  });
});

test("what is asked is in the identity: each difference makes another one", async () => {
  await withTempFolder(async (folder) => {
    const identityOf = async (asked: Partial<EmbedAsked> = {}, provider = providerDouble()) =>
      JSON.stringify((await plan(askedOf(folder, asked), provider)).split.identity);
    const whole = await identityOf();
    assert.equal(await identityOf(), whole);
    const { raw } = askedOf(folder);
    const others = await Promise.all([
      ...[
        { seed: 43 },
        { n: 1 },
        { n: undefined, p: 0.5 },
        { stratify: "id" },
        { chunkTokens: 32 },
        { rowsPerShard: 99 },
      ].map((asked) => identityOf(asked)),
      identityOf({ chunkTokens: 32, chunkOverlap: 4 }),
      identityOf({ raw: { ...raw, revision: "r" } }),
      identityOf({ raw: { ...raw, split: "test" } }),
      identityOf(
        {},
        providerDouble(() => {}, { dim: 7 }),
      ),
      identityOf(
        {},
        providerDouble(() => {}, { host: "h" }),
      ),
      identityOf(
        {},
        providerDouble(() => {}, { name: "n" }),
      ),
    ]);
    assert.equal(new Set([whole, ...others]).size, others.length + 1);
  });
});

test("before anything is read all of the identity is told but the hash of the sample, and may be refused", async () => {
  await withTempFolder(async (folder) => {
    const [asked, provider] = [askedOf(folder), providerDouble()];
    const { selected_hash: hash, ...others } = (await plan(asked, provider)).split.identity;
    assert.match(String(hash), /^[0-9a-f]{64}$/);
    let [told, bytes] = [undefined as unknown, 0];
    const refused = planEmbedding(
      { ...asked, raw: { ...asked.raw, files: [`${folder}/none.jsonl`] } },
      provider,
      new AbortController().signal,
      (count) => (bytes += count),
      (identity) => {
        told = identity;
        throw new Error("not that");
      },
    );
    await assert.rejects(refused, /^Error: not that$/);
    assert.deepEqual([told, bytes], [others, 0]);
  });
});

test("another sample is refused before processed texts replace those that are there", async () => {
  await withTempFolder(async (folder) => {
    const processedFolder = `${folder}/processed`;
    const asked = { ...askedOf(folder), preprocessing: createPreprocessing("spaces"), processedFolder };
    const told: EmbeddingIdentity[] = [];
    const refused = planEmbedding(
      asked,
      providerDouble(),
      new AbortController().signal,
      () => {},
      (identity) => {
        told.push(identity);
        if (identity.selected_hash !== undefined) throw new Error("not that");
      },
    );
    await assert.rejects(refused, /^Error: not that$/);
    assert.equal(told.length, 2);
    assert.equal(existsSync(processedFolder), false);
  });
});

test("a chunk that would have the id of a document is refused by the plan, and nothing else that ends like one", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/b.jsonl`;
    const planOf = (rows: readonly object[]) => {
      writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const { raw } = askedOf(folder);
      return plan(askedOf(folder, { raw: { ...raw, files: [path] }, n: 1000, chunkTokens: 32 }));
    };
    const [short, long] = [(id: string) => ({ id, text: `of ${id}` }), (id: string) => ({ id, text: `${id} ${LONG}` })];
    const allowed: object[][] = [
      [long("a"), short("a#99"), short("a#01"), short("a#-1"), short("a#"), short("a#1x"), short("#1"), short("a")],
      [short("a#0"), short("a#1")],
      [long("a"), long("a#1")], // the other's chunks are a#1#0 and so on
    ];
    for (const rows of allowed) assert.ok((await planOf(rows)).chunks >= rows.length - 1);
    for (const rows of [
      [long("a"), short("a#1")],
      [short("a#1"), short("b"), long("a")],
      [long("a"), long("a#1"), short("a#1#0")],
    ])
      await assert.rejects(planOf(rows), {
        name: "InputError",
        message:
          /^Id "(a#1|a#1#0)" is that of a document and of a chunk of "(a|a#1)": give another --id-field; where no row has it, rows are named by their numbers$/,
      });
    await planOf([long("a"), short("a#1")].map(({ id, text }) => ({ name: id, text })));
  });
});

test("a shard has at most 2 GiB: more rows are refused with how many may be", async () => {
  await withTempFolder(async (folder) => {
    for (const [dim, most] of [
      [1536, 327_680],
      [768, 655_360],
    ] as const) {
      const provider = providerDouble(() => {}, { dim });
      await plan(askedOf(folder, { rowsPerShard: most }), provider);
      await assert.rejects(plan(askedOf(folder, { rowsPerShard: most + 1 }), provider), {
        ...{ name: "InputError" },
        message: `Shards of ${most + 1} rows of ${dim} values are not allowed: at most ${most}`,
      });
    }
  });
});

test("what is not allowed is refused before anything is read", async () => {
  await withTempFolder(async (folder) => {
    for (const [asked, message] of [
      [{ chunkTokens: 3 }, /Chunks of 3 tokens are not allowed/],
      [{ chunkTokens: 32, chunkOverlap: 30 }, /An overlap of 30 tokens is not allowed/],
      [{ n: 5, p: 0.5 }, /expected one of n and p/],
      [{ textField: "body" }, /None of 5 rows has the field "body": its fields are id, text/],
    ] as const)
      await assert.rejects(plan(askedOf(folder, asked), localProvider(128) as never), { name: "InputError", message });
  });
});
