import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { withTempFolder } from "../../support/temp.ts";

// Both print the most memory that the process took beyond what it took at the begin, in MB.
const START = (root: string) => `
import process from "node:process";
import { readRows } from "${root}src/formats/documents/rows.ts";
import { formatOfName } from "${root}src/formats/documents/table.ts";
import { sampleDocuments } from "${root}src/pipeline/embed/sample.ts";
const before = process.memoryUsage().rss;
let most = before;
const watch = () => (most = Math.max(most, process.memoryUsage().rss));
const tell = (rows) => console.log(JSON.stringify([rows, Math.round((most - before) / 1e6)]));
`;

// A million rows with ids of their own, by strata; pieces are made as they are read.
const SAMPLE = `
const documents = {
  files: [],
  byteLength: 1e6,
  async *read({ wants = () => true } = {}) {
    for (let start = 0; start < 1e6; start += 1000) {
      const found = [];
      for (let row = start; row < start + 1000; row++)
        if (wants(row)) found.push({ row, fields: { id: "document-number-" + row, text: "text " + row, kind: row % 10 } });
      yield { documents: found, bad: [], bytes: 1000 };
      watch();
    }
  },
};
const spec = { dataset: "d", split: "s", seed: 1, p: 0.5, stratify: "kind", textField: "text", idField: "id" };
const { size } = await sampleDocuments(documents, spec);
watch();
tell(size);
`;

// 300 MB, as lines, as an array and as CSV.
const READ = `
const body = "Some words of a text, that has more than one of them. ".repeat(200);
let rows = 0;
for (const [name, begin, row, end] of [
  ["a.jsonl", "", JSON.stringify({ text: body }) + "\\n", ""],
  ["a.json", "[", JSON.stringify({ text: body }) + ",\\n", "{}]"],
  ["a.csv", "text\\n", '"' + body + '"\\n', ""],
]) {
  const encoder = new TextEncoder();
  async function* chunks() {
    yield encoder.encode(begin);
    for (let i = 0; i < 100; i++) yield encoder.encode(row.repeat(100));
    yield encoder.encode(end);
  }
  for await (const found of readRows(chunks(), formatOfName(name).createParser())) {
    for (const row of found) if (typeof row.read() === "object") rows++;
    watch();
  }
}
tell(rows);
`;

/** What is measured is what the program needs, not how long the engine puts off collecting garbage, which versions differ in. */
const SMALL_HEAP = ["--max-old-space-size=64", "--max-semi-space-size=4"];

function run(folder: string, program: string): [rows: number, megabytes: number] {
  const root = new URL("../../../", import.meta.url).href;
  writeFileSync(`${folder}/program.mjs`, START(root) + program);
  // Compiled beforehand: the compiler's own memory is not what is measured.
  const build = `import { build } from "esbuild"; await build({ entryPoints: ["${folder}/program.mjs"], bundle: true, platform: "node", format: "esm", outfile: "${folder}/out.mjs", banner: { js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);" }, plugins: [{ name: "urls", setup(b) { b.onResolve({ filter: /^file:/ }, ({ path }) => ({ path: new URL(path).pathname })); } }] });`;
  const bundled = spawnSync(process.execPath, ["--input-type=module", "-e", build], {
    encoding: "utf8",
    cwd: new URL(root),
  });
  assert.equal(bundled.status, 0, bundled.stderr);
  const { stdout, stderr } = spawnSync(process.execPath, [...SMALL_HEAP, `${folder}/out.mjs`], { encoding: "utf8" });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout) as [number, number];
}

const skip = "Deno" in globalThis && "by Node";

test("a sample of a million rows takes less than 150 MB", { skip }, async () => {
  await withTempFolder((folder) => {
    const [rows, megabytes] = run(folder, SAMPLE);
    assert.equal(rows, 500_000);
    assert.ok(megabytes < 150, `${megabytes} MB`);
  });
});

test("memory does not grow with files: 300 MB in less than 150 MB", { skip }, async () => {
  await withTempFolder((folder) => {
    const [rows, megabytes] = run(folder, READ);
    assert.equal(rows, 30_001); // and the empty object that ends the array
    assert.ok(megabytes < 150, `${megabytes} MB`);
  });
});
