import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import test from "node:test";
import { localProvider } from "../../src/embed/local.ts";
import { buildCli } from "../support/built.ts";
import { articlePages, dumpOf, skippedPages } from "../support/dumps.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const articles = articlePages(40);
const pages = [...articles.slice(0, 20), ...skippedPages(2000), ...articles.slice(20)];

async function withDump(use: (folder: string, dump: string) => Promise<void>, of = pages): Promise<void> {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(of));
    await use(folder, `${folder}/dump.xml`);
  });
}

test("a dump becomes a file of memories, whose values read back bit for bit", async () => {
  await withDump(async (folder, dump) => {
    const { code, stdout, stderr } = await cli.run("wikipedia", "--dump", dump, "--out", `${folder}/memories.jsonl`);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /^Total pages: {3}44\nIngested: {6}40\nFailed: {8}0\nSkipped: {7}4 \(namespace 1, redirect 1, disambiguation 1, short 1\)\nElapsed time: {2}\d+\.\d\d s\nThroughput: {4}\d+\.\d articles\/s\n$/,
    );
    assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "memories.jsonl"]);
    const provider = localProvider();
    const vectors = await provider.embed(articles.map(({ title, text }) => `${title}\n\n${text}`));
    const lines = readFileSync(`${folder}/memories.jsonl`, "utf8").split("\n");
    assert.equal(lines.pop(), "");
    assert.equal(lines.length, 40);
    for (const [at, line] of lines.entries()) {
      const { id, title, text } = articles[at]!;
      const memory = JSON.parse(line) as { embedding: number[] };
      assert.deepEqual(Object.keys(memory), ["content", "embedding", "confidence", "id"]);
      const { embedding, ...rest } = memory;
      const confidence = Number((0.6 + text.length / 10_000).toFixed(4));
      assert.deepEqual(rest, { content: `${title}\n\n${text}`, confidence, id: `wikipedia-${id}` });
      const row = vectors.subarray(at * provider.dim, (at + 1) * provider.dim);
      assert.deepEqual(Float32Array.from(embedding), row);
    }
  });
});

test("the same bytes for every batch size, and when it is repeated", async () => {
  await withDump(async (folder, dump) => {
    const files = await inParallel(["1", "32", "32"], async (size) => {
      const out = `${folder}/${Math.random()}.jsonl`;
      assert.equal((await cli.run("wikipedia", "--dump", dump, "--out", out, "--batch-size", size)).code, 0);
      return readFileSync(out, "utf8");
    });
    assert.equal(new Set(files).size, 1);
  });
});

test("--provider none writes no embeddings, --limit takes the first articles, --json says it all", async () => {
  await withDump(async (folder, dump) => {
    const out = `${folder}/memories.jsonl`;
    const flags = ["--dump", dump, "--out", out, "--provider", "none", "--limit", "25", "--json"];
    const { code, stdout, stderr } = await cli.run("wikipedia", ...flags);
    assert.equal(code, 0);
    const { seconds, articles_per_second: speed, ...result } = JSON.parse(stdout) as Record<string, unknown>;
    assert.ok(Number(seconds) > 0 && Math.abs(Number(speed) - 25 / Number(seconds)) < 1e-6);
    assert.deepEqual(result, {
      ...{ dump, target: out, pages: 29, ingested: 25, ingested_before: 0, failed: [] },
      ...{ skipped: { namespace: 1, redirect: 1, disambiguation: 1, short: 1, unreadable: 0 }, cut: 0, broken: null },
    });
    assert.match(stderr, /^Total pages: {3}29\nIngested: {6}25\n/); // for people
    const memories = readFileSync(out, "utf8").trimEnd().split("\n");
    assert.equal(memories.length, 25);
    assert.match(memories[0]!, /^\{"content":"Page 1\\n\\n[a-z ]+","confidence":0\.\d+,"id":"wikipedia-1"\}$/);
  });
});

test("--quiet says nothing; texts that were cut are counted; kinds that did not occur are not listed", async () => {
  const long = { id: 500, title: "Long", text: "One of many sentences.\n\n".repeat(5000) };
  const run = (folder: string, dump: string, ...flags: string[]) =>
    cli.run("wikipedia", "--dump", dump, "--provider", "none", "--out", `${folder}/${flags.length}.jsonl`, ...flags);
  await withDump(
    async (folder, dump) => {
      assert.deepEqual(await run(folder, dump, "--quiet"), { code: 0, stdout: "", stderr: "" });
      const { stdout } = await run(folder, dump);
      assert.match(stdout, /\nSkipped: {7}0\nCut: {11}1 to the 100,000 bytes that a store takes\n/);
    },
    [...articlePages(2), long],
  );
});

test("a dump without articles makes an empty file", async () => {
  await withDump(async (folder, dump) => {
    const { code, stdout } = await cli.run("wikipedia", "--dump", dump, "--out", `${folder}/none.jsonl`);
    assert.equal(code, 0);
    assert.match(stdout, /^Total pages: {3}4\nIngested: {6}0\n/);
    assert.equal(readFileSync(`${folder}/none.jsonl`, "utf8"), "");
    assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "none.jsonl"]);
  }, skippedPages(1));
});

test("a file that is there, a wrong ending and a place where nothing can be are refused", async () => {
  await withDump(async (folder, dump) => {
    const taken = `${folder}/taken.jsonl`;
    writeFileSync(taken, "mine");
    const refusals: [string, string][] = [
      [taken, `${taken} exists: give another --out, or remove it`],
      ...["", "x.json", `${folder}/.jsonl`, "x.jsonl.gz"].map((out): [string, string] => [
        out,
        `Out "${out}" is not allowed: give a name that ends with .jsonl`,
      ]),
      [`${taken}/x.jsonl`, `Cannot write to ${taken}: ${taken} is a file`],
      [`${taken}/a/x.jsonl`, `Cannot write to ${taken}/a: a part of the path is a file`],
    ];
    await inParallel(refusals, async ([out, message]) => {
      const result = await cli.run("wikipedia", "--dump", dump, "--out", out);
      assert.deepEqual(result, { code: 2, stdout: "", stderr: `seedbed: ${message}\n` });
    });
    assert.equal(readFileSync(taken, "utf8"), "mine");
    assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "taken.jsonl"]);
  });
});

test("folders that are missing are made", async () => {
  await withDump(async (folder, dump) => {
    const out = `${folder}/a/b/memories.jsonl`;
    const { code, stderr } = await cli.run("wikipedia", "--dump", dump, "--out", out);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(readFileSync(out, "utf8").split("\n").length, 41);
    assert.deepEqual(readdirSync(`${folder}/a/b`), ["memories.jsonl"]);
  });
});

test("an unfinished run is refused without --resume, and with another dump or provider", async () => {
  await withDump(async (folder, dump) => {
    const out = `${folder}/memories.jsonl`;
    const checkpoint = `${out}.checkpoint.jsonl`;
    writeFileSync(`${folder}/other.xml`, dumpOf(pages));
    assert.equal((await cli.run("wikipedia", "--dump", dump, "--out", out)).code, 0);
    const whole = readFileSync(out, "utf8");
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    const place = (name: string) => relative(process.cwd(), `${folder}/${name}`);
    const identity = {
      program: `seedbed ${version}`,
      dump: place("dump.xml"),
      provider: localProvider().name,
      out: "file",
    };
    const begin = (of: object) => {
      writeFileSync(checkpoint, `${JSON.stringify(of)}\n`);
      writeFileSync(`${out}.part`, whole.slice(0, 20_000));
    };
    rmSync(out);
    begin(identity);
    const refusals: [string[], string][] = [
      [[dump], "an unfinished run: go on with --resume, or delete it to begin anew"],
      [[`${folder}/other.xml`, "--resume"], `a run with dump ${place("dump.xml")}, not ${place("other.xml")}`],
      [[dump, "--resume", "--provider", "none"], `a run with provider ${localProvider().name}, not none`],
    ];
    for (const [flags, reason] of refusals) {
      const result = await cli.run("wikipedia", "--out", out, "--dump", ...flags);
      assert.deepEqual(result, { code: 2, stdout: "", stderr: `seedbed: ${checkpoint} is of ${reason}\n` });
    }
    const { code, stdout } = await cli.run("wikipedia", "--dump", dump, "--out", out, "--resume");
    assert.equal(code, 0);
    assert.match(stdout, /\nIngested: {6}3\d, and [1-9] by an earlier run\n/);
    assert.equal(readFileSync(out, "utf8"), whole);
    assert.equal(existsSync(checkpoint), false);
  });
});

test("--resume without an unfinished run simply begins", async () => {
  await withDump(async (folder, dump) => {
    const { code, stderr } = await cli.run("wikipedia", "--dump", dump, "--out", `${folder}/new.jsonl`, "--resume");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(readFileSync(`${folder}/new.jsonl`, "utf8").split("\n").length, 41);
  });
});
