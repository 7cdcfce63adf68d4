import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { safePath } from "../../../src/pipeline/download/safepath.ts";
import { shownUrl } from "../../../src/pipeline/download/shownurl.ts";

test("names that lead out of the folder, and those of unfinished files, are refused in one line", () => {
  const bad = [
    "",
    "/etc/passwd",
    "../a",
    "a/../../b",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "..",
    "C:\\a",
    "a\\..\\b",
    "a\u0000b",
    "a\nb",
    "a\u009b",
  ];
  for (const name of [...bad, "a.part", "x/a.PART", "dataset.part.jsonl"]) {
    assert.throws(
      () => safePath(name),
      (error: Error) => error instanceof InputError && !/[\n\p{Cc}]/u.test(error.message),
      name,
    );
  }
});

test("other names are kept, but for the one that our record has", () => {
  for (const name of ["a.csv", "data/train 1/é.jsonl", "..a/b..", "x/dataset.json", "partial.csv"])
    assert.equal(safePath(name), name);
  assert.deepEqual([safePath("dataset.json"), safePath("Dataset.JSON")], ["_dataset.json", "_Dataset.JSON"]);
});

const urls: [given: string, shown: string][] = [
  ["https://host/a?keyword=1&author=2&design=3", "https://host/a?keyword=1&author=2&design=3"],
  ["https://me:secret@host/a?b=1#c", "https://host/a?b=1"],
  ["https://host/a?X-Amz-Signature=secret&x=1", "https://host/a?X-Amz-Signature=hidden&x=1"],
  ["https://host/a?access_token=secret&token=secret", "https://host/a?access_token=hidden&token=hidden"],
  [
    "https://host/a?apikey=secret&sig=secret&password=secret",
    "https://host/a?apikey=hidden&sig=hidden&password=hidden",
  ],
];

test("a URL is shown without what nobody else may know", () => {
  for (const [given, shown] of urls) assert.equal(shownUrl(new URL(given)), shown);
});
