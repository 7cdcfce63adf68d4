import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { EngramDouble } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { assertHolds, ledgerOf, memoryLines, storedIn, writeLines } from "../support/ingest.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const range = (count: number) => Array.from({ length: count }, (_, row) => row);

/** Runs `use` with a folder and an empty store that keeps near copies. */
async function withStore(use: (double: EngramDouble, folder: string) => Promise<void>): Promise<void> {
  await withTempFolder((folder) => withEngram({ dedup: false }, (double) => use(double, folder)));
}

test("memories of `memories` go into Engram as they are, with a plan and a summary", async () => {
  await withStore(async (double, folder) => {
    const input = `${folder}/m.jsonl`;
    assert.equal((await cli.run("memories", "--centroids", "5", "--count", "300", "--output", input)).code, 0);
    const { code, stdout, stderr } = await cli.run("ingest", "--input", input, "--endpoint", double.url);
    assert.deepEqual([code, stderr], [0, ""]);
    const expected = [
      /^Plan: 300 memories of 768 values from \S+m\.jsonl \(2\.9 MB\) to Engram$/,
      /^ {2}at http:\/\/127\.0\.0\.1:\d+$/,
      /^ {2}fields: content, confidence, cluster; ledger: \S+m\.jsonl\.ingest\/engram-[0-9a-f]{8}$/,
      /^http:\/\/127\.0\.0\.1:\d+: Engram 0\.1\.0, healthy$/,
      /^Total: {18}300$/,
      /^Successfully ingested: {2}300$/,
      /^Failed: {17}0$/,
      /^Elapsed time: {11}\d\.\d\d s$/,
      /^Throughput: {13}[\d.]+ memories\/s$/,
      /^Count of the store: {5}300$/,
    ];
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, expected.length, stdout);
    for (const [at, pattern] of expected.entries()) assert.match(lines[at]!, pattern);
    assert.equal(double.memories.size, 300);
    for (const line of readFileSync(input, "utf8").trimEnd().split("\n")) {
      const { id, content, confidence, embedding } = JSON.parse(line) as Record<string, unknown>;
      const memory = double.memories.get(id as string)!;
      assert.deepEqual([memory.content, memory.confidence], [content, confidence]);
      assert.deepEqual([...double.space().embeddingOf(memory)!], (embedding as number[]).map(Math.fround));
    }
  });
});

test("memories as Parquet store what JSON lines store, whatever metadata lie beside them", async () => {
  await withStore(async (double, folder) => {
    const make = ["memories", "--centroids", "5", "--count", "60", "--output"];
    assert.equal((await cli.run(...make, `${folder}/m.parquet`, "--format", "parquet")).code, 0);
    assert.equal((await cli.run(...make, `${folder}/n.jsonl`)).code, 0);
    assert.equal((await cli.run(...make, `${folder}/m.npy`, "--format", "npy", "--seed", "3")).code, 0);
    const endpoint = ["--endpoint", double.url, "--space"];
    const { code, stdout, stderr } = await cli.run("ingest", "--input", `${folder}/m.parquet`, ...endpoint, "table");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Plan: 60 memories of 768 values from \S+m\.parquet \([\d.]+ kB\) to Engram\n/);
    assert.match(stdout, /\n {2}fields: content, confidence, cluster; ledger: /);
    assert.equal((await cli.run("ingest", "--input", `${folder}/n.jsonl`, ...endpoint, "lines")).code, 0);
    const contentOf = (name: string) => {
      const space = double.space(name);
      return [...space.memories.values()]
        .map((memory) => [memory.id, memory.content, memory.confidence, ...space.embeddingOf(memory)!])
        .sort(([a], [b]) => (a! < b! ? -1 : 1));
    };
    assert.equal(contentOf("lines").length, 60);
    assert.deepEqual(contentOf("table"), contentOf("lines"));
    const again = await cli.run("ingest", "--input", `${folder}/m.parquet`, ...endpoint, "table", "--json");
    const { ingested, ingested_before: before } = JSON.parse(again.stdout) as Record<string, unknown>;
    assert.deepEqual([again.code, ingested, before], [0, 60, 60]);
  });
});

test("an array with metadata beside it, or named, stores what JSON lines store", async () => {
  await withStore(async (double, folder) => {
    const make = ["memories", "--centroids", "5", "--count", "60", "--seed", "3", "--output"];
    assert.equal((await cli.run(...make, `${folder}/m.npy`, "--format", "npy")).code, 0);
    assert.equal((await cli.run(...make, `${folder}/n.jsonl`)).code, 0);
    const endpoint = ["--endpoint", double.url, "--space"];
    assert.equal((await cli.run("ingest", "--input", `${folder}/m.npy`, ...endpoint, "arrays")).code, 0);
    assert.equal((await cli.run("ingest", "--input", `${folder}/n.jsonl`, ...endpoint, "lines")).code, 0);
    writeFileSync(`${folder}/copy.npy`, readFileSync(`${folder}/m.npy`));
    const named = ["--metadata", `${folder}/m.metadata.jsonl`];
    assert.equal((await cli.run("ingest", "--input", `${folder}/copy.npy`, ...named, ...endpoint, "named")).code, 0);
    const contentOf = (name: string) => {
      const space = double.space(name);
      return [...space.memories.values()]
        .map((memory) => [memory.id, memory.content, memory.confidence, ...space.embeddingOf(memory)!])
        .sort(([a], [b]) => (a! < b! ? -1 : 1));
    };
    assert.equal(contentOf("lines").length, 60);
    assert.deepEqual(contentOf("arrays"), contentOf("lines"));
    assert.deepEqual(contentOf("named"), contentOf("lines"));
  });
});

test("rows without texts and ids get some that are the same in every run", async () => {
  await withStore(async (double, folder) => {
    const flags = ["--size", "50", "--dim", "768", "--out", folder, "--quiet"];
    assert.equal((await cli.run("vectors", ...flags)).code, 0);
    const load = ["ingest", "--input", `${folder}/50/`, "--endpoint", double.url];
    assert.equal((await cli.run(...load)).code, 0);
    const ids = [...double.memories.keys()].sort();
    assert.equal(ids.length, 50);
    for (const { id, content } of double.memories.values()) {
      assert.match(id, /^[0-9a-f]{12}-00000\d\d$/);
      assert.match(content, /^Row \d+: \{"cls":"[ABC]"\}$/);
    }
    assert.ok(existsSync(`${folder}/50.ingest`));
    const again = await cli.run(...load, "--ledger", `${folder}/other`);
    assert.deepEqual([...double.memories.keys()].sort(), ids);
    assert.equal(again.code, 1);
    assert.match(
      again.stderr,
      /the store holds 50 memories, expected 100: all of this input are there, so they replaced/,
    );
  });
});

test("a load that is done is known to be; lines that were added are sent alone", async () => {
  await withStore(async (double, folder) => {
    const input = `${folder}/m.jsonl`;
    writeLines(input, memoryLines(0, 100));
    const load = ["ingest", "--input", input, "--endpoint", double.url, "--json"];
    assert.equal((await cli.run(...load)).code, 0);
    double.counters.attempts.clear();
    const again = JSON.parse((await cli.run(...load)).stdout) as Record<string, unknown>;
    assert.deepEqual([again["ingested"], again["ingested_before"], double.counters.attempts.size], [100, 100, 0]);
    appendFileSync(
      input,
      memoryLines(100, 150)
        .map((line) => `${line}\n`)
        .join(""),
    );
    assert.equal((await cli.run(...load)).code, 0);
    assert.deepEqual(
      [...double.counters.attempts.keys()].sort(),
      range(50).map((i) => `memory-${100 + i}`),
    );
    assertHolds(double, range(150));
    writeLines(input, [...memoryLines(1000, 1001), ...memoryLines(1, 200)]);
    const changed = await cli.run(...load);
    assert.equal(changed.code, 2);
    assert.match(
      changed.stderr,
      /seedbed: The first 150 rows of \S+m\.jsonl are no longer those of the run in \S+ledger\.jsonl: give the same input, or delete that file to load this one anew/,
    );
    assertHolds(double, range(150));
  });
});

test("--limit loads the first rows, and a higher one the next", async () => {
  await withStore(async (double, folder) => {
    const input = `${folder}/m.jsonl`;
    writeLines(input, memoryLines(0, 100));
    const run = async (limit: string) => {
      const flags = ["--limit", limit, "--batch-size", "7", "--json"];
      const { code, stdout, stderr } = await cli.run("ingest", "--input", input, "--endpoint", double.url, ...flags);
      assert.equal(code, 0, stderr);
      const { total, ingested, ingested_before, failed } = JSON.parse(stdout) as Record<string, number>;
      return [total, ingested, ingested_before, failed];
    };
    assert.deepEqual(await run("30"), [30, 30, 0, 0]);
    assertHolds(double, range(30));
    assert.deepEqual(await run("70"), [70, 70, 30, 0]);
    assert.deepEqual(await run("10"), [10, 10, 10, 0]);
    assert.deepEqual(await run("1k"), [100, 100, 70, 0]);
    assertHolds(double, range(100));
    assert.equal(storedIn(input).size, 100);
  });
});

test("memories of others are left alone, and a store that is not empty is no fault", async () => {
  await withStore(async (double, folder) => {
    for (const number of range(40)) double.space().store({ id: `other-${number}`, content: "Other" });
    const input = `${folder}/m.jsonl`;
    writeLines(input, memoryLines(0, 60));
    const { code, stdout } = await cli.run("ingest", "--input", input, "--endpoint", `${double.url}/`, "--json");
    assert.equal(code, 0);
    const { store_count, store_count_expected } = JSON.parse(stdout) as Record<string, number>;
    assert.deepEqual([store_count, store_count_expected, double.memories.size], [100, 100, 100]);
  });
});

test("--dry-run shows the plan, asks no server and writes nothing", async () => {
  await withTempFolder(async (folder) => {
    const input = `${folder}/m.jsonl`;
    writeLines(input, memoryLines(0, 5));
    const flags = ["ingest", "--input", input, "--endpoint", "http://127.0.0.1:1", "--dry-run"];
    const { code, stdout, stderr } = await cli.run(...flags, "--json");
    assert.equal(code, 0);
    assert.match(stderr, /^Plan: all memories of 768 values from /);
    const plan = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [plan["target"], plan["endpoint"], plan["dim"], plan["rows"], plan["concurrent"], plan["fields"]],
      ["engram", "http://127.0.0.1:1", 768, null, 20, ["content", "confidence"]],
    );
    assert.equal((await cli.run(...flags, "--quiet")).stdout, "");
    assert.deepEqual(readdirSync(folder), ["m.jsonl"]);
  });
});

test("a bad row in the middle is named with its line, and every other one is stored", async () => {
  await withStore(async (double, folder) => {
    const input = `${folder}/m.jsonl`;
    const lines = memoryLines(0, 100);
    const altered = (row: number, change: (memory: Record<string, unknown>) => void) => {
      const memory = JSON.parse(lines[row]!) as Record<string, unknown>;
      change(memory);
      lines[row] = JSON.stringify(memory);
    };
    altered(10, (memory) => (memory["embedding"] = (memory["embedding"] as number[]).slice(1)));
    lines[20] = lines[20]!.replace(/\[[^,]+,/, "[NaN,");
    altered(30, (memory) => (memory["content"] = "  "));
    lines[40] = lines[40]!.slice(0, 1000);
    altered(50, (memory) => (memory["content"] = "x".repeat(3_000_000)));
    altered(60, (memory) => (memory["confidence"] = 1.5));
    altered(70, (memory) => (memory["id"] = "memory-69"));
    lines[80] = lines[80]!.replace(/\[[^,]+,/, "[1e39,");
    altered(90, (memory) => delete memory["content"]);
    writeLines(input, lines);
    const bad = [10, 20, 30, 40, 50, 60, 70, 80, 90];
    const { code, stdout, stderr } = await cli.run("ingest", "--input", input, "--endpoint", double.url, "--json");
    assert.equal(code, 1);
    assert.match(stderr, /seedbed: 9 memories are not stored: \S+failures\.jsonl says why; --resume tries again\n$/);
    const { failures, failed } = JSON.parse(stdout) as { failures: Record<string, unknown>[]; failed: number };
    assert.equal(failed, 9);
    assert.deepEqual(
      failures.map(({ row, line, reason }) => [row, line, String(reason).replace(/(?<=JSON: ).*/, "...")]),
      [
        [10, 11, "its vector has 767 values, expected 768"],
        [20, 21, "not JSON, which has no NaN"],
        [30, 31, "its content is empty"],
        [40, 41, "not JSON: ..."],
        [50, 51, "its content has 3000000 bytes: Engram takes 100000"],
        [60, 61, "its confidence is 1.5: expected a number from 0 to 1"],
        [70, 71, "its id is that of an earlier row"],
        [80, 81, "value 0 of its vector is Infinity as float32"],
        [90, 91, "it has no content"],
      ],
    );
    assertHolds(
      double,
      range(100).filter((row) => !bad.includes(row)),
    );
    assert.ok(existsSync(`${ledgerOf(input)}/failures.jsonl`));
  });
});
