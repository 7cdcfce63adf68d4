import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { InputError } from "../src/data/errors.ts";
import * as api from "../src/index.ts";
import { runtimeExports, typeExports } from "./support/api.ts";

const golden = new URL("./golden/api.txt", import.meta.url);
const source = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8");

test("the public API is the one in test/golden/api.txt", () => {
  const lines = [...runtimeExports(api), ...typeExports(source)].sort();
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, `${lines.join("\n")}\n`);
  assert.deepEqual(
    lines,
    readFileSync(golden, "utf8").trimEnd().split("\n"),
    "the public API changed: if that is meant, say so in CHANGELOG.md and run: UPDATE_GOLDEN=1 npx tsx --test test/api.test.ts",
  );
});

test("the snapshot sees every form of export", () => {
  const text =
    'export type { A, B as C } from "./x.ts";\nexport interface D { a: 1 }\nexport type E<T> = T;\n// export type F = 1;';
  assert.deepEqual(typeExports(text), ["type A", "type C", "type D", "type E"]);
  const module = { F: InputError, g() {}, async *h() {}, async i() {}, J: "" };
  assert.deepEqual(runtimeExports(module), [
    "F: class",
    "g: function",
    "h: async generator function",
    "i: async function",
    "J: string",
  ]);
});
