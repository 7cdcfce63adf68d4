import assert from "node:assert/strict";
import test from "node:test";
import { createSeenRows, LEFT_OUT, seenRowsBytes, type SeenRows } from "../../src/core/distinct.ts";
import { createCore } from "../../src/core/instance.ts";
import { createRandom } from "../formats/samples.ts";
import { assertSameBytes } from "../reference/same.ts";

const LENT_BYTES = 1 << 20; // of rows shown to the core at a time

const open = (rowBytes: number, maxRows: number, maxNoted?: number) =>
  createSeenRows(createCore(), rowBytes, maxRows, maxNoted);

/** What `SeenRows` says, by a Map of whole rows. */
function seenTwin(rowBytes: number): Pick<SeenRows, "note" | "noteUntilSeen"> {
  const marks = new Map<string, number>();
  const enter = (rows: Uint8Array, at: number, mark: number) => {
    const key = keyOf(rows, at, rowBytes);
    const found = marks.get(key) ?? 0;
    if (found === 0) marks.set(key, mark);
    return found;
  };
  return {
    note: (rows, mark) => Uint8Array.from({ length: rows.length / rowBytes }, (_, at) => enter(rows, at, mark)),
    noteUntilSeen(rows, mark) {
      let at = 0;
      while (at * rowBytes < rows.length && enter(rows, at, mark) === 0) at++;
      return at;
    },
  };
}

function keyOf(rows: Uint8Array, at: number, rowBytes: number): string {
  return Buffer.from(rows.subarray(at * rowBytes, (at + 1) * rowBytes)).toString("latin1");
}

/** Rows of which about half are equal to another: byte by byte random, from few or many kinds, each with a random place. */
function rowsOf(rowBytes: number, count: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const kinds = Math.max(1, count >> 1);
  const rows = new Uint8Array(rowBytes * count);
  for (let row = 0; row < count; row++) {
    const own = createRandom(Math.floor(random() * kinds));
    for (let at = 0; at < rowBytes; at++) rows[row * rowBytes + at] = own() < 0.2 ? own() * 256 : 0;
  }
  return rows;
}

test("each row gets the mark under which an equal one was noted first, whatever its length", () => {
  for (const rowBytes of [1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 256, 1089]) {
    const [seen, twin] = [open(rowBytes, 3000), seenTwin(rowBytes)];
    assert.equal(seen.oneIn, 1);
    for (const [at, mark] of [1, 2, 3, 1, 3].entries()) {
      const rows = rowsOf(rowBytes, 600, at);
      assertSameBytes(seen.note(rows, mark), twin.note(rows, mark), `${rowBytes} bytes a row, block ${at}`);
    }
  }
});

test("rows that differ in one bit anywhere are told apart", () => {
  for (const rowBytes of [1, 5, 8, 13, 64, 577]) {
    const rows = new Uint8Array(rowBytes * (8 * rowBytes + 1));
    for (let bit = 0; bit < 8 * rowBytes; bit++) rows[(bit + 1) * rowBytes + (bit >> 3)] = 1 << (bit & 7);
    const seen = open(rowBytes, 8 * rowBytes + 1);
    assert.ok(
      seen.note(rows, 1).every((mark) => mark === 0),
      `${rowBytes} bytes, new`,
    );
    assert.ok(
      seen.note(rows, 2).every((mark) => mark === 1),
      `${rowBytes} bytes, again`,
    );
  }
});

test("rows in an order of their words are told apart, and so are those that only their ends tell apart", () => {
  const words = [1, 2, 3, 0x80, 0xff];
  const rows = words.flatMap((a) => words.flatMap((b) => words.map((c) => [a, b, c])));
  const wide = Uint8Array.from(rows.flatMap(([a, b, c]) => [a!, 0, 0, 0, 0, 0, 0, 0, b!, 0, 0, 0, 0, 0, 0, 0, 9, c!]));
  const seen = open(18, rows.length);
  assert.ok(seen.note(wide, 1).every((mark) => mark === 0));
});

test("more rows than are lent at a time, up to as many as there is room for", () => {
  for (const [rowBytes, count, repeats] of [
    [24, 120_000, true],
    [9, 393_216, false], // all that a table has room for
    [LENT_BYTES + 3, 5, true],
    [LENT_BYTES, 5, true],
    [LENT_BYTES / 2 + 1, 8, true],
  ] as const) {
    const rows = new Uint8Array(rowBytes * count);
    const view = new DataView(rows.buffer);
    for (let row = 0; row < count; row++) {
      const half = row >> 1;
      const value = repeats && row % 3 === 1 ? half - (half % 3) : row; // one row in three is equal to one far before
      view.setUint32(row * rowBytes, value + 1, true);
      rows[(row + 1) * rowBytes - 1] = 7;
    }
    const [seen, twin] = [open(rowBytes, count), seenTwin(rowBytes)];
    const found = seen.note(rows, 3);
    assert.equal(found.includes(3), repeats);
    assertSameBytes(found, twin.note(rows, 3), `${count} rows of ${rowBytes} bytes`);
    assert.ok(seen.note(rows, 2).every((mark) => mark === 3));
  }
});

test("rows are noted up to the first that was seen before, in runs as long as they come", () => {
  for (const [rowBytes, count] of [
    [3, 3000],
    [8, 500],
    [64, 3000],
    [LENT_BYTES / 4, 11],
  ] as const) {
    const [seen, twin] = [open(rowBytes, count), seenTwin(rowBytes)];
    const rows = rowsOf(rowBytes, count, 5);
    let [stops, longest] = [0, 0];
    for (let from = 0; from < count; from++) {
      const rest = rows.subarray(from * rowBytes);
      const isNew = seen.noteUntilSeen(rest, 1);
      assert.equal(isNew, twin.noteUntilSeen(rest, 1), `${count} rows of ${rowBytes} bytes from ${from}`);
      from += isNew;
      longest = Math.max(longest, isNew);
      if (from < count) stops++;
    }
    assert.ok(stops > 1 && longest > 1, `${stops} stops, runs of up to ${longest}`);
    assert.equal(seen.noteUntilSeen(rows, 1), 0);
    assertSameBytes(seen.note(rows, 2), twin.note(rows, 2), "all seen");
  }
});

test("a run of new rows longer than is lent at a time ends at the first that is not", () => {
  const rowBytes = 64;
  const count = (3 * LENT_BYTES) / rowBytes;
  for (const repeated of [1, LENT_BYTES / rowBytes - 1, LENT_BYTES / rowBytes, (2 * LENT_BYTES) / rowBytes + 5]) {
    const rows = new Uint8Array(rowBytes * count);
    const view = new DataView(rows.buffer);
    for (let row = 0; row < count; row++) view.setUint32(row * rowBytes + 13, row === repeated ? 0 : row, true);
    const seen = open(rowBytes, count);
    assert.equal(seen.noteUntilSeen(rows, 1), repeated);
    const after = seen.note(rows.subarray((repeated + 1) * rowBytes), 2);
    assert.ok(
      after.every((mark) => mark === 0),
      "rows after the repeated one were noted",
    );
  }
});

test("a sample takes equal rows together or not at all, one in so many, and knows those it takes", () => {
  const rowBytes = 12;
  for (const [maxNoted, oneIn] of [
    [60_000, 1],
    [59_999, 2],
    [30_000, 2],
    [10_000, 8],
    [1000, 64],
  ] as const) {
    const [seen, twin] = [open(rowBytes, 60_000, maxNoted), seenTwin(rowBytes)];
    assert.equal(seen.oneIn, oneIn);
    const isTaken = new Map<string, boolean>();
    let distinctTaken = 0;
    for (const mark of [1, 2, 3]) {
      const rows = rowsOf(rowBytes, 20_000, mark);
      const [found, expected] = [seen.note(rows, mark), twin.note(rows, mark)];
      found.forEach((value, row) => {
        const key = keyOf(rows, row, rowBytes);
        const taken = value !== LEFT_OUT;
        if (!isTaken.has(key) && taken) distinctTaken++;
        assert.equal(isTaken.get(key) ?? taken, taken, "a row that is taken once and left out once");
        isTaken.set(key, taken);
        if (taken) assert.equal(value, expected[row]);
      });
    }
    const share = distinctTaken / isTaken.size;
    const deviation = Math.sqrt((oneIn - 1) / isTaken.size) / oneIn;
    assert.ok(Math.abs(share - 1 / oneIn) <= 5 * deviation, `${share} of the rows, expected one in ${oneIn}`);
  }
});

test("no rows are no rows", () => {
  const seen = open(5, 0);
  assert.equal(seen.note(new Uint8Array(0), 1).length, 0);
  assert.equal(seen.noteUntilSeen(new Uint8Array(0), 1), 0);
});

test("two of them in one core do not disturb each other, and one begins empty where another was", () => {
  const core = createCore();
  const rows = rowsOf(7, 500, 1);
  const [a, b] = [createSeenRows(core, 7, 500), createSeenRows(core, 7, 500)];
  const expected = seenTwin(7).note(rows, 1);
  assertSameBytes(a.note(rows, 1), expected, "the first");
  assertSameBytes(b.note(rows, 1), expected, "the second");
  core.reset();
  assertSameBytes(createSeenRows(core, 7, 500).note(rows, 1), expected, "after a reset");
});

test("the memory foretold is a table at most three quarters full, of 8 bytes a slot", () => {
  for (const rows of [0, 1, 768, 769, 100_000, 393_216, 393_217, 100_000_000]) {
    const slots = seenRowsBytes(rows) / 8;
    assert.ok(Number.isInteger(Math.log2(slots)) && rows <= 0.75 * slots && (slots === 1024 || rows > 0.375 * slots));
  }
});
