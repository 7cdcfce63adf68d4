import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { writeRecord } from "../../../src/pipeline/download/record.ts";
import { namesOf } from "../../../src/pipeline/download/sources.ts";
import type { SourceName } from "../../../src/pipeline/download/remote.ts";
import { rawFolder } from "../../../src/pipeline/root.ts";
import { asking, load, sumOf } from "../../support/downloads.ts";
import { withTempFolder } from "../../support/temp.ts";

const cases: [source: SourceName, name: string, version: string, revision: string, says: RegExp][] = [
  ["http", "http://127.0.0.1:1/a.csv", "default", "v9", /^--revision says nothing to http: leave it out$/],
  ["file", "/no/such/a.csv", "default", "v9", /^--revision says nothing to file: leave it out$/],
  ["kaggle", "me/data", "v9", "v9", /^Revision "v9" is not allowed: give the number of a version, such as 3$/],
  ["kaggle", "data", "3", "3", /^Name "data" is not allowed: give owner\/dataset$/],
  ["huggingface", "a/b/c", "v9", "v9", /^Name "a\/b\/c" is not allowed: give org\/dataset$/],
];
for (const [source, name, version, revision, says] of cases) {
  test(`what ${source} can have nothing of is refused where the dataset is there, too: ${says.source.slice(1, 30)}`, () =>
    withTempFolder(async (root) => {
      const asked = asking(source, name, { revision });
      const { dataset, name: called } = namesOf(asked);
      const folder = rawFolder(root, source, dataset, version);
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/a.csv`, "x");
      const identity = { source, dataset, name: called, split: null, pattern: null };
      const files = [{ path: "a.csv", url: called, bytes: 1, sha256: sumOf("x") }];
      writeRecord(folder, identity, source === "kaggle" ? { asked: revision, resolved: "3" } : null, files);
      await assert.rejects(load(asked, root), { name: "InputError", message: says });
      await assert.rejects(load(asked, `${root}/fresh`), { name: "InputError", message: says });
    }));
}
