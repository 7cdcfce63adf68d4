import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createJoiner } from "../../src/core/join.ts";
import { join } from "../reference/join.ts";
import { assertSameBytes } from "../reference/same.ts";
import { wordAt } from "../reference/words.ts";

/** Columns of pieces of `lengths[column][code]` bytes, no two alike. */
function piecesOf(lengths: readonly (readonly number[])[]): Uint8Array[][] {
  let next = 0;
  return lengths.map((column) =>
    column.map((length) => new Uint8Array(length).map(() => (next = (next * 5 + 3) & 255))),
  );
}

function randomCodes(pieces: readonly (readonly Uint8Array[])[], rows: number): Uint8Array[] {
  return pieces.map((column, stream) =>
    Uint8Array.from({ length: rows }, (_, row) => wordAt({ key: [7, 7], stream }, BigInt(row)) % column.length),
  );
}

const upTo67 = Array.from({ length: 68 }, (_, length) => length);

const cases: readonly (readonly [name: string, lengths: readonly (readonly number[])[]])[] = [
  ["one piece", [[5]]],
  ["around the 16 bytes of a store", [[15, 16, 17, 0, 1, 31, 32, 33]]],
  ["every length from 0 to 67", [upTo67]],
  ["several columns", [[3, 1], [0], upTo67, [16], [17, 2, 0]]],
  ["256 codes", [Array.from({ length: 256 }, (_, code) => code % 21), [1]]],
  ["nothing but empty pieces", [[0, 0], [0]]],
];

for (const [name, lengths] of cases) {
  test(`joined texts equal the twin: ${name}`, () => {
    const pieces = piecesOf(lengths);
    const joiner = createJoiner(createCore(), pieces, 500);
    for (const rows of [0, 1, 2, 67, 500, 3]) {
      const codes = randomCodes(pieces, rows);
      assertSameBytes(joiner(codes), join(pieces, codes), `${name}, ${rows} rows`);
    }
  });
}

test("a full joiner of longest pieces leaves the regions after it alone", () => {
  const core = createCore();
  const pieces = piecesOf([[17], [33]]);
  const joiner = createJoiner(core, pieces, 64);
  const other = createJoiner(core, pieces, 64);
  const region = core.alloc(64);
  core.bytes(region, 64).fill(0xaa);
  const codes = randomCodes(pieces, 64);
  for (const each of [other, joiner, other]) assertSameBytes(each(codes), join(pieces, codes), "full");
  assert.ok(core.bytes(region, 64).every((byte) => byte === 0xaa));
});

test("codes may lie in the core's memory", () => {
  const core = createCore();
  const pieces = piecesOf([upTo67]);
  const joiner = createJoiner(core, pieces, 100);
  const codes = core.bytes(core.alloc(100), 100);
  codes.set(randomCodes(pieces, 100)[0]!);
  assertSameBytes(joiner([codes]), join(pieces, [codes]), "lent codes");
});
