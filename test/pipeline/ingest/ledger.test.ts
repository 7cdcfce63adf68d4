import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { ledgerFolder, openLedger } from "../../../src/pipeline/ingest/ledger.ts";
import { withTempFolder } from "../../support/temp.ts";

const identity = { target: "chroma", place: "http://here, x", dim: 3 };
const FIRST = '{"program":"seedbed ingest 1","target":"chroma","place":"http://here, x","dim":"3"}\n';
const FINISHED = '{"finished":true}\n';
const mark = (rows: number) => ({ rows, sums: [`sum of ${rows}`] });
const failed = (row: number) => ({ row, line: row + 1, id: undefined, reason: `no ${row}` });

const open = (folder: string, resume = false, of = identity) => openLedger(folder, of, resume);
const textOf = (folder: string) => readFileSync(`${folder}/ledger.jsonl`, "utf8");

async function withLedger(content: string, use: (folder: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (parent) => {
    const folder = `${parent}/ledger`;
    mkdirSync(folder);
    writeFileSync(`${folder}/ledger.jsonl`, content);
    await use(folder);
  });
}

/** What is known of rows 0 to 99: stored, failed or nothing. */
async function knownIn(folder: string, resume = true) {
  const ledger = await open(folder, resume);
  const stored = Array.from({ length: 100 }, (_, row) => row).filter(ledger.states.isStored);
  const { heldBefore, mark: read, states, isResumed } = ledger;
  ledger.close();
  assert.equal(states.stored, stored.length);
  return { stored, failed: states.failed, heldBefore, read, isResumed };
}

test("the folder of a ledger is beside the input, one for each place", () => {
  const folder = ledgerFolder("data/10k", "chroma", "http://here");
  assert.match(folder, /^data\/10k\.ingest\/chroma-[0-9a-f]{8}$/);
  assert.notEqual(folder, ledgerFolder("data/10k", "chroma", "http://there"));
});

test("outcomes in any order become ranges, which another run knows", () =>
  withTempFolder(async (parent) => {
    const folder = `${parent}/a/b`;
    const ledger = await open(folder);
    assert.deepEqual([ledger.isResumed, ledger.heldBefore, ledger.mark], [false, undefined, undefined]);
    ledger.noteHeldBefore(17);
    assert.equal(ledger.heldBefore, 17);
    for (const row of [5, 3, 4, 0, 9]) ledger.stored(row);
    for (const row of [2, 1]) ledger.failed(failed(row));
    ledger.flush(mark(16));
    ledger.flush(mark(32));
    for (const row of [30, 31]) ledger.stored(row);
    ledger.flush(mark(48));
    ledger.stored(40);
    ledger.close();
    const lines = [
      '{"held_before":17}\n',
      '{"stored":[[0,1],[3,6],[9,10]],"failed":[[1,3]],"read":{"rows":16,"sums":["sum of 16"]}}\n',
      '{"stored":[[30,32]],"read":{"rows":48,"sums":["sum of 48"]}}\n',
    ];
    assert.equal(textOf(folder), FIRST + lines.join(""));
    const failures = [2, 1].map((row) => `${JSON.stringify(failed(row))}\n`);
    assert.equal(readFileSync(`${folder}/failures.jsonl`, "utf8"), failures.join(""));
    assert.deepEqual(await knownIn(folder), {
      ...{ stored: [0, 3, 4, 5, 9, 30, 31], failed: 2, heldBefore: 17, read: mark(48), isResumed: true },
    });
  }));

test("the last word on a row holds, also within a line", () =>
  withLedger(
    `${FIRST}{"failed":[[0,9]],"read":{"rows":9,"sums":[]}}\n{"stored":[[0,5]],"failed":[[4,5]],"read":{"rows":9,"sums":[]}}\n`,
    async (folder) => {
      const { stored, failed: count } = await knownIn(folder);
      assert.deepEqual([stored, count], [[0, 1, 2, 3], 5]);
    },
  ));

test("marks never go back, and the first count of before holds", () =>
  withLedger(
    [
      FIRST,
      '{"held_before":3}\n',
      '{"stored":[[0,5]],"read":{"rows":50,"sums":["a"]}}\n{"stored":[[6,7]],"read":{"rows":8,"sums":["b"]}}\n',
      '{"held_before":9}\n',
    ].join(""),
    async (folder) => {
      const { read, heldBefore } = await knownIn(folder);
      assert.deepEqual([read, heldBefore], [{ rows: 50, sums: ["a"] }, 3]);
    },
  ));

test("wherever a crash cut it, whole lines are known, and it goes on", async () => {
  const first = '{"held_before":0}\n{"stored":[[0,3]],"read":{"rows":16,"sums":["a"]}}\n';
  const content = `${FIRST}${first}{"stored":[[3,6]],"read":{"rows":32,"sums":["b"]}}\n`;
  for (let cut = FIRST.length + first.length; cut <= content.length; cut += 3) {
    await withLedger(content.slice(0, cut), async (folder) => {
      const ledger = await open(folder, true);
      assert.equal(ledger.states.stored, cut === content.length ? 6 : 3);
      ledger.stored(50);
      ledger.flush(mark(64));
      ledger.close();
      const { stored, read } = await knownIn(folder);
      assert.deepEqual([stored.at(-1), read], [50, mark(64)]);
    });
  }
});

test("a finished one is gone on with unasked, an unfinished one with resume only", async () => {
  const line = '{"stored":[[0,3]],"read":{"rows":16,"sums":["a"]}}\n';
  await withLedger(`${FIRST}${line}${FINISHED}`, async (folder) => {
    for (const resume of [false, true]) assert.equal((await knownIn(folder, resume)).stored.length, 3);
    const ledger = await open(folder);
    ledger.stored(9);
    ledger.flush(mark(17));
    ledger.close();
    await assert.rejects(open(folder), /ledger\.jsonl is of an unfinished run: go on with --resume, or delete it/);
    const again = await open(folder, true);
    again.finish();
    again.close();
    assert.deepEqual((await knownIn(folder, false)).stored, [0, 1, 2, 9]);
  });
});

for (const [what, content, message] of [
  ["somebody's text", "a letter\nto my aunt\n", /is no checkpoint of this program/],
  ["another program's", '{"program":"seedbed 1","dump":"x"}\n', /run with program seedbed 1, not seedbed ingest 1/],
  [
    "another place's",
    FIRST.replace("http://here", "http://there"),
    /run with place http:\/\/there, x, not http:\/\/here/,
  ],
  ["another target's", FIRST.replace("chroma", "engram"), /run with target engram, not chroma/],
  ["vectors of another length", FIRST.replace('"3"', '"4"'), /run with dim 4, not 3/],
] as const) {
  test(`a ledger that is ${what} is refused and untouched, finished or not`, async () => {
    for (const end of ["", FINISHED]) {
      for (const resume of [false, true]) {
        await withLedger(content + end, async (folder) => {
          await assert.rejects(
            open(folder, resume),
            (error) => error instanceof InputError && message.test(error.message),
          );
          assert.equal(textOf(folder), content + end);
          assert.deepEqual(readdirSync(folder), ["ledger.jsonl"]);
        });
      }
    }
  });
}

for (const line of [
  ...['{"stored":[[0,1e12]],"read":{"rows":1e12,"sums":[]}}', '{"stored":[[0,17]],"read":{"rows":16,"sums":[]}}'],
  ...['{"stored":[[0,4]]}', '{"stored":[[0,4]],"read":null}', '{"stored":[[-1,4]],"read":{"rows":9,"sums":[]}}'],
  ...['{"failed":[[4,4]],"read":{"rows":9,"sums":[]}}', '{"failed":[[0.5,4]],"read":{"rows":9,"sums":[]}}'],
  ...['{"stored":[4],"read":{"rows":9,"sums":[]}}', '{"stored":7,"read":{"rows":9,"sums":[]}}'],
  ...['{"stored":[[1]],"read":{"rows":9,"sums":[]}}', '{"stored":[["0",4]],"read":{"rows":9,"sums":[]}}'],
  ...['{"read":{"rows":-1,"sums":[]}}', '{"read":{"rows":9}}', '{"read":{"rows":9,"sums":[7]}}', '{"held_before":-1}'],
  ...['{"held_before":"x"}', "7", "{"],
]) {
  test(`a ledger with the line ${line} is damaged`, () =>
    withLedger(`${FIRST}${line}\n${FINISHED}`, async (folder) => {
      await assert.rejects(open(folder), (error) => error instanceof InputError && /damaged/.test(error.message));
      assert.equal(textOf(folder), `${FIRST}${line}\n${FINISHED}`);
      assert.deepEqual(readdirSync(folder), ["ledger.jsonl"]);
    }));
}

test("while another process has it open it is refused", () =>
  withLedger(FIRST, async (folder) => {
    writeFileSync(`${folder}/ledger.jsonl.lock`, String(process.ppid));
    await assert.rejects(open(folder, true), /ledger\.jsonl is in use by process \d+: wait for it/);
    assert.equal(textOf(folder), FIRST);
  }));

test("nothing is left behind where nothing happened", () =>
  withTempFolder(async (parent) => {
    mkdirSync(`${parent}/there`);
    for (const folder of [`${parent}/a/b`, `${parent}/there/c`, `${parent}/there`]) {
      const ledger = await open(folder);
      ledger.noteHeldBefore(5);
      ledger.flush(mark(7));
      ledger.close();
      assert.deepEqual([readdirSync(parent), readdirSync(`${parent}/there`)], [["there"], []]);
    }
  }));

test("once rows were sent it stays, and so does that of an earlier run", () =>
  withTempFolder(async (parent) => {
    const ledger = await open(`${parent}/a`);
    ledger.noteHeldBefore(5);
    ledger.begin();
    ledger.close();
    for (let time = 0; time < 2; time++) assert.equal((await knownIn(`${parent}/a`)).heldBefore, 5);
  }));

test("failures of earlier runs stay until this one has outcomes", () =>
  withLedger(`${FIRST}{"failed":[[0,2]],"read":{"rows":16,"sums":["a"]}}\n${FINISHED}`, async (folder) => {
    const path = `${folder}/failures.jsonl`;
    writeFileSync(path, "earlier\n");
    await knownIn(folder);
    assert.ok(existsSync(path));
    const ledger = await open(folder);
    assert.equal(ledger.failuresPath, path);
    ledger.failed(failed(1));
    ledger.flush(mark(16));
    ledger.failed(failed(0));
    ledger.flush(mark(16));
    ledger.close();
    assert.equal(readFileSync(path, "utf8"), `${JSON.stringify(failed(1))}\n${JSON.stringify(failed(0))}\n`);
  }));
