import assert from "node:assert/strict";
import test from "node:test";
import { isKnownFormat, matcherOf } from "../../../src/pipeline/download/glob.ts";

const cases: [pattern: string, matches: string[], others: string[]][] = [
  ["*.csv", ["a.csv", "x/y/a.csv", ".csv"], ["a.csv.gz", "acsv", "a.csv/b"]],
  ["data/*.csv", ["data/a.csv"], ["a.csv", "data/x/a.csv", "xdata/a.csv"]],
  ["data/**/*.csv", ["data/a.csv", "data/x/y/a.csv"], ["a.csv"]],
  ["**/train/*", ["train/a", "x/train/a"], ["train/x/a", "atrain/a"]],
  ["en/**", ["en/a", "en/x/a"], ["en", "fr/a"]],
  ["part-?.{json,csv}", ["part-1.json", "part-2.csv"], ["part-10.csv", "part-1.txt"]],
  ["a+(b)[1]^$.txt", ["a+(b)[1]^$.txt"], ["aab1.txt"]],
  ["{a,b", ["a", "b"], ["{a,b"]],
  ["a,b}", ["a,b}"], ["a"]],
  ["*", ["a", "x/\ny"], []],
];

for (const [pattern, matches, others] of cases) {
  test(`the pattern ${pattern} takes what it says`, () => {
    const isTaken = matcherOf(pattern);
    for (const path of matches) assert.equal(isTaken(path), true, path);
    for (const path of others) assert.equal(isTaken(path), false, path);
  });
}

test("files of known formats are taken, and nothing else", () => {
  for (const path of ["a.parquet", "x/a.JSONL", "a.json.gz", "a.tsv", "a.txt.gz", "a.csv", "a.ndjson", "a.text"])
    assert.ok(isKnownFormat(path), path);
  for (const path of ["README.md", ".gitattributes", "a.csv.zip", "a.parquet.part", "csv", "a.gz"])
    assert.ok(!isKnownFormat(path), path);
});
