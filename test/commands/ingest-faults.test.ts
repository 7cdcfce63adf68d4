import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngramDouble, Faults } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { assertHolds, failuresOf, memoryLines, storedIn, writeLines } from "../support/ingest.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 1200;
const lines = memoryLines(0, COUNT);
const all = Array.from({ length: COUNT }, (_, row) => row);

/** Runs `use` with a file of memories and a store with faults. */
async function withStore(
  faults: Faults,
  use: (double: EngramDouble, input: string, run: (...flags: string[]) => ReturnType<typeof cli.run>) => Promise<void>,
): Promise<void> {
  await withTempFolder((folder) =>
    withEngram({ dedup: false, faults }, async (double) => {
      const input = `${folder}/memories.jsonl`;
      writeLines(input, lines);
      await use(double, input, (...flags) => cli.run("ingest", "--input", input, "--endpoint", double.url, ...flags));
    }),
  );
}

const passing: [what: string, faults: Faults][] = [
  ["5 % of the answers are 500 after storing", { afterStoring: 0.05 }],
  ["2 % of the answers are 429 with Retry-After", { tooMany: 0.02, retryAfter: "1" }],
  ["5 % of the answers are 503 with Retry-After", { unavailable: 0.05, retryAfter: "0" }],
  ["3 % of the connections are cut while the body is sent", { cutRequest: 0.03 }],
  ["3 % of the connections are cut in the answer, after storing", { cutAnswer: 0.03 }],
  [
    "everything at once",
    { afterStoring: 0.02, tooMany: 0.02, queryTimeout: 0.02, cutRequest: 0.02, cutAnswer: 0.02, broken: 0.02 },
  ],
];

for (const [what, faults] of passing) {
  test(`where ${what}, every memory is stored once`, async () => {
    await withStore(faults, async (double, input, run) => {
      const { code, stdout, stderr } = await run("--json");
      assert.equal(code, 0, stderr);
      const { total, ingested, failed, store_count } = JSON.parse(stdout) as Record<string, number>;
      assert.deepEqual([total, ingested, failed, store_count], [COUNT, COUNT, 0, COUNT]);
      // Deno's client itself sends again what was cut on a connection that had served before.
      assert.ok(double.counters.requests > COUNT + 10, `${double.counters.requests} requests`);
      assertHolds(double, all);
      assert.equal(storedIn(input).size, COUNT);
    });
  });
}

test("a store that takes memories and drops them is found out, each is named, and another run brings them", async () => {
  await withStore({ dropped: (request) => request % 100 === 7 }, async (double, input, run) => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 1);
    assert.match(stderr, /^seedbed: 12 memories are not stored: \S+failures\.jsonl says why; the store holds /);
    assert.match(
      stderr,
      /the store holds 1,188 memories, expected 1,200: it does not have 12 that it took, which --resume sends again\n$/,
    );
    assert.match(stdout, /^Successfully ingested: {2}1,188$/m);
    const failures = failuresOf(input);
    assert.equal(failures.length, 12);
    for (const { row, line, id, reason } of failures) {
      assert.deepEqual([line, id, double.memories.has(id!)], [row + 1, `memory-${row}`, false]);
      assert.equal(reason, "the store took it, and does not have it");
    }
    double.setFault({ dropped: undefined });
    double.counters.attempts.clear();
    const again = await run("--resume");
    assert.deepEqual([again.code, again.stderr], [0, ""]);
    assert.deepEqual([...double.counters.attempts.keys()].sort(), failures.map(({ id }) => id).sort());
    assertHolds(double, all);
    assert.deepEqual(failuresOf(input), []);
  });
});

test("near copies that the store drops are named", async () => {
  await withTempFolder((folder) =>
    withEngram({ dedup: true }, async (double) => {
      const input = `${folder}/memories.jsonl`;
      const copy = { ...(JSON.parse(lines[3]!) as object), id: "copy" };
      writeLines(input, [...lines.slice(0, 50), JSON.stringify(copy)]);
      const { code, stderr } = await cli.run("ingest", "--input", input, "--endpoint", double.url, "--concurrent", "1");
      assert.equal(code, 1);
      assert.match(stderr, /the store holds 50 memories, expected 51/);
      assert.deepEqual(
        failuresOf(input).map(({ line, id }) => [line, id]),
        [[51, "copy"]],
      );
    }),
  );
});

test("a store that is killed and restarted in the middle gets every memory once", async () => {
  await withStore({ delayMs: 5 }, async (double, input, run) => {
    const ended = run("--json");
    for (const stored of [200, 600]) {
      while (double.memories.size < stored) await sleep(2);
      await double.kill();
      await sleep(300);
      await double.restart();
    }
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.ok((JSON.parse(stdout) as { retries: number }).retries > 0);
    assertHolds(double, all);
    assert.equal(storedIn(input).size, COUNT);
  });
});

test("a store that refuses everything for good ends the run, and the next one goes on", async () => {
  await withStore({}, async (double, input, run) => {
    double.setFault({ broken: (request) => request > 300 });
    const { code, stderr } = await run("--concurrent", "2", "--retries", "2");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /seedbed: Cannot store memories at http:\S+: MEMORY_SYSTEM_ERROR: Something broke \(3 in a row\); [\d,]+ rows are known to be stored; go on with --resume\n$/,
    );
    const known = storedIn(input);
    assert.ok(known.size > 200 && known.size < 600, `${known.size} rows`);
    double.setFault({ broken: undefined });
    double.counters.attempts.clear();
    assert.equal((await run("--resume")).code, 0);
    for (const row of known) assert.ok(!double.counters.attempts.has(`memory-${row}`), `row ${row} was sent again`);
    assertHolds(double, all);
  });
});

test("a memory that the store refuses by itself is named with the store's words, the others are stored", async () => {
  await withStore({}, async (double, input, run) => {
    writeLines(input, [...lines.slice(0, 30), lines[40]!.replace('"confidence":', '"tags":[7],"confidence":')]);
    const { code } = await run();
    assert.equal(code, 1);
    assertHolds(double, all.slice(0, 30));
    assert.deepEqual(failuresOf(input), [
      { row: 30, line: 31, id: "memory-40", reason: "HTTP 422: tags: expected strings" },
    ]);
  });
});
