import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { EngramDouble } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { rowsOf, writeRows } from "../support/centroids.ts";
import { store } from "../support/centroidstore.ts";
import { inParallel } from "../support/parallel.ts";
import { withServer } from "../support/server.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

/** Asserts exit code 2 and one line that says what is allowed, without the stack of an error. */
async function assertRefused(args: readonly string[], says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await cli.run("centroids", ...args);
  const what = args.map((arg) => `"${arg}"`).join(" ");
  assert.equal(code, 2, `${what}: ${stderr}`);
  assert.match(stderr, /^seedbed: [^\n]+\n$/, what);
  assert.match(stderr, says, what);
  assert.equal(stdout, "", what);
}

const ENDPOINT = ["--endpoint", "http://127.0.0.1:1"]; // nothing listens there

test("flags that cannot be, or not together, are refused before anything is read", async () => {
  await withTempFolder(async (folder) => {
    const missing = ["--input", `${folder}/missing.npy`]; // it would be named if it were looked for
    const refused: [args: string[], says: RegExp][] = [
      [[], /--endpoint.*--input/],
      [[...ENDPOINT, ...missing], /--input and --endpoint are not allowed together/],
      [[...missing, "--tier", "hot"], /--tier/],
      [[...missing, "--tier", "all"], /--tier/], // the default, but given
      [[...missing, "--space", "wiki-1"], /--space/],
      [[...missing, "--num-centroids", "101", "--sample", "100"], /101.*--sample/],
      [[...missing, "--num-centroids", "60000"], /60,?000.*--sample/],
      [[...ENDPOINT, "--num-centroids", "11", "--sample", "10"], /11.*--sample/],
      ...["0", "-1", "1.5", "x", "65537", ""].map((k): [string[], RegExp] => [
        [...missing, "--num-centroids", k],
        /Number of centroids .* is not allowed: .* from 1 to 65,?536/,
      ]),
      ...["0", "x", "10000001"].map((size): [string[], RegExp] => [
        [...missing, "--sample", size],
        /Sample .* is not allowed: .* from 1 to 10,?000,?000/,
      ]),
      ...["-1", "1e3", "0x10", "18446744073709551616", ""].map((seed): [string[], RegExp] => [
        [...missing, "--seed", seed],
        /Seed .* is not allowed: give an integer from 0 to 18446744073709551615, or a word/,
      ]),
      [[...missing, "--algorithm", "fast"], /minibatch, lloyd/],
      [[...ENDPOINT, "--tier", "lukewarm"], /hot, warm, cold, all/],
      [[...ENDPOINT, "--space", "A"], /Memory space "A": expected 3 to 64 characters/],
      [["--endpoint", "localhost:7432"], /Endpoint "localhost:7432"/],
      [[...missing, "--workers", "-1"], /auto or a number from 0 to 256/],
      ...["c", "c.json", ".npy", "a/.npy", "", "c.NPY", "c.npy/"].map((name): [string[], RegExp] => [
        [...missing, "--output", name],
        /Output ".*" is not allowed: .*\.npy/,
      ]),
      [["x"], /too many arguments/i],
      [["--num-centriods", "5"], /unknown option '--num-centriods' \(Did you mean --num-centroids\?\)/i],
    ];
    await inParallel(refused, ([args, says]) => assertRefused(["--output", `${folder}/out/c.npy`, ...args], says));
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("what an input has that cannot be clustered is named, and nothing is written", async () => {
  await withTempFolder(async (folder) => {
    const broken = rowsOf(20, 4);
    broken[4 * 13 + 2] = Number.NaN;
    writeRows(`${folder}/nan.npy`, broken, 4);
    writeRows(`${folder}/few.npy`, rowsOf(20, 4), 4);
    writeRows(`${folder}/empty.npy`, new Float32Array(0), 4);
    writeFileSync(`${folder}/text.npy`, "no array");
    writeFileSync(`${folder}/ragged.jsonl`, "[1,2]\n[3,4,5]\n");
    mkdirSync(`${folder}/folder.npy`);
    const before = readdirSync(folder);
    const refused: [input: string, says: RegExp][] = [
      ["nan.npy", /nan\.npy: Row 13 has a value that is not finite as float32: NaN/],
      ["few.npy", /Cannot make 21 clusters of 20/],
      ["empty.npy", /empty\.npy|no rows|Cannot make 21 clusters of 0/],
      ["text.npy", /text\.npy/],
      ["ragged.jsonl", /ragged\.jsonl/],
      ["folder.npy", /folder\.npy/],
      ["missing.npy", /missing\.npy/],
      ["few.csv", /few\.csv/],
    ];
    await inParallel(refused, ([input, says]) =>
      assertRefused(
        ["--input", `${folder}/${input}`, "--num-centroids", "21", "--output", `${folder}/out/c.npy`, "--quiet"],
        says,
      ),
    );
    assert.deepEqual(readdirSync(folder), before);
  });
});

test("an output that cannot be is refused before the input is read", async () => {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/file`, "mine");
    mkdirSync(`${folder}/c.npy`);
    const missing = ["--input", `${folder}/missing.npy`];
    await assertRefused([...missing, "--output", `${folder}/file/c.npy`], /is a file/);
    await assertRefused([...missing, "--output", `${folder}/c.npy`], /c\.npy exists/);
  });
});

/** A store with so many memories, and the flags that name it and an output in `folder`. */
async function withStore(
  count: number,
  use: (double: EngramDouble, args: string[], folder: string) => Promise<void>,
): Promise<void> {
  await withTempFolder((folder) =>
    withEngram({ dedup: false }, async (double) => {
      store(double, 0, count);
      await use(double, ["--endpoint", double.url, "--output", `${folder}/c.npy`], folder);
      assert.deepEqual(readdirSync(folder), []);
    }),
  );
}

test("an empty store is told from one whose memories have no embeddings", async () => {
  await withStore(0, async (double, args) => {
    await assertRefused(args, /^seedbed: The store has no memories in tier all: /);
    await assertRefused([...args, "--tier", "hot"], /^seedbed: The store has no memories in tier hot: /);
    for (let i = 0; i < 150; i++) double.space().store({ id: `bare-${i}`, content: `Without ${i}` });
    await assertRefused([...args, "--quiet"], /150 memories in tier all, none with an embedding: .*\/remember/);
  });
});

test("more centroids than the store has memories are refused before they are read, more than embeddings after", async () => {
  await withStore(30, async (double, args) => {
    double.counters.pages = 0;
    await assertRefused([...args, "--num-centroids", "31"], /31.*\b30\b/);
    assert.ok(double.counters.pages <= 1, `${double.counters.pages} pages were read to count`);
    for (let i = 0; i < 5; i++) double.space().store({ id: `bare-${i}`, content: `Without ${i}` });
    await assertRefused([...args, "--num-centroids", "33", "--quiet"], /33 clusters of 30/);
  });
});

test("what does not listen, or is no Engram, is named in one line", async () => {
  await withTempFolder(async (folder) => {
    const output = ["--output", `${folder}/c.npy`];
    const words =
      /^seedbed: Cannot reach Engram at http:\/\/127\.0\.0\.1:1: nothing listens there.*curl \S+\/health\n$/;
    await assertRefused([...ENDPOINT, ...output], words);
    await withServer(
      (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"),
      (url) => assertRefused(["--endpoint", url.replace("/file", ""), ...output], /does not answer as an Engram does/),
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});
