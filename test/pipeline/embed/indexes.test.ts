import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { EMBEDDING_FORMAT } from "../../../src/data/embeddings.ts";
import { embeddedDatasets, findEmbedded } from "../../../src/pipeline/embed/indexes.ts";
import { writeEmbeddingManifest } from "../../../src/pipeline/embed/manifest.ts";
import { indexFolder } from "../../../src/pipeline/root.ts";
import { withTempFolder } from "../../support/temp.ts";

function index(root: string, model: string, dataset: string): void {
  const folder = indexFolder(root, model, dataset);
  mkdirSync(folder, { recursive: true });
  writeEmbeddingManifest(folder, {
    ...{ format: EMBEDDING_FORMAT, model, dataset, embedding_dim: 4, rows_per_shard: 8, created_at: "" },
    ...{ splits: [], shards: [] },
  });
}

test("all indexes are found in the order of their folders, whatever else lies there", async () => {
  await withTempFolder((root) => {
    assert.deepEqual(embeddedDatasets(root), { whole: [], damaged: [], bare: [] });
    index(root, "m2", "a");
    index(root, "m1", "org/b");
    index(root, "m1", "a");
    mkdirSync(`${root}/indexes/m1/unfinished`);
    for (const path of ["x", "m1/y", "m1/a/z"]) writeFileSync(`${root}/indexes/${path}`, "");
    const { whole: found } = embeddedDatasets(root);
    assert.deepEqual(
      found.map(({ folder }) => folder),
      ["indexes/m1/a", "indexes/m1/org__b", "indexes/m2/a"],
    );
    assert.equal(found[1]!.manifest.dataset, "org/b");
  });
});

test("one is found by its dataset, and by the model where there are several", async () => {
  await withTempFolder((root) => {
    assert.throws(() => findEmbedded(root, "a", undefined), {
      ...{ name: "InputError", message: `No embeddings of "a" under ${root}: nothing was embedded` },
    });
    for (const [model, dataset] of [
      ["m1", "a"],
      ["m2", "a"],
      ["org/m", "org/b"],
    ] as const)
      index(root, model, dataset);
    const folderOf = (dataset: string, model?: string) => findEmbedded(root, dataset, model).folder;
    assert.equal(folderOf("a", "m2"), "indexes/m2/a");
    for (const asked of [["org/b"], ["org__b"], ["org/b", "org/m"], ["org__b", "org__m"]] as const)
      assert.equal(folderOf(asked[0], asked[1]), "indexes/org__m/org__b");
    const cases: [asked: [dataset: string, model?: string], message: string][] = [
      [["a"], "Several are there: a by m1, a by m2; give --model"],
      [["c"], `No embeddings of "c" under ${root}: there are a by m1, a by m2, org/b by org/m`],
      [["a", "m3"], `No embeddings of "a" by m3 under ${root}: there are a by m1, a by m2, org/b by org/m`],
    ];
    for (const [asked, message] of cases)
      assert.throws(() => folderOf(asked[0], asked[1]), { name: "InputError", message });
  });
});
