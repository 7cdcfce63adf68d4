import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createLineWriter, longestLine, type LinePart } from "../../src/core/lines.ts";
import { lines } from "../reference/lines.ts";
import { assertSameBytes } from "../reference/same.ts";
import { wordAt } from "../reference/words.ts";

type Column = Uint8Array | Uint32Array | Float32Array | undefined;

/** Texts of these lengths, no two neighbours alike. */
function textsOf(lengths: readonly number[]): string[] {
  let next = 0;
  return lengths.map((length) =>
    Array.from({ length }, () => String.fromCharCode(33 + (next = (next * 5 + 3) % 89))).join(""),
  );
}

const words = (stream: number, count: number) =>
  Uint32Array.from({ length: count }, (_, at) => wordAt({ key: [7, 7], stream }, BigInt(at)));

/** What a part takes its values from. */
function columnOf(part: LinePart, stream: number, rows: number): Column {
  const drawn = words(stream, rows);
  if (part.kind === "coded") return Uint8Array.from(drawn, (word) => word % part.pieces.length);
  if (part.kind === "numbered" || part.kind === "number") return drawn.map((word, at) => word >>> (at % 32));
  if (part.kind === "floats")
    return Float32Array.from(words(stream, rows * part.length), (word) => (word % 4096) / 64 - 32);
  return undefined;
}

const upTo67 = Array.from({ length: 68 }, (_, length) => length);
const coded = (lengths: readonly number[]): LinePart => ({ kind: "coded", pieces: textsOf(lengths) });
/** Sixty-fourths below 32: a float64 prints them as shortly as a float32 can be. */
const textOf = (value: number) =>
  Object.is(value, -0) ? "-0.0" : Number.isInteger(value) ? `${value}.0` : String(value);

const cases: readonly (readonly [name: string, parts: readonly LinePart[]])[] = [
  ["one piece", [coded([5])]],
  ["around the 16 bytes of a store", [coded([15, 16, 17, 0, 1, 31, 32, 33])]],
  ["every length from 0 to 67", [coded(upTo67)]],
  ["several columns", [coded([3, 1]), coded([0]), coded(upTo67), coded([16]), coded([17, 2, 0])]],
  ["256 codes", [coded(Array.from({ length: 256 }, (_, code) => code % 21)), coded([1])]],
  ["nothing but empty pieces", [coded([0, 0]), coded([0])]],
  ["texts of every length", upTo67.map((length) => ({ kind: "text", text: textsOf([length])[0]! }) as const)],
  ["texts in UTF-8", [{ kind: "text", text: "zwölf 日本 🌱" }, coded([2]), { kind: "text", text: "\n" }]],
  [
    "pieces by the digits of a number",
    [100, 10, 1].map((divisor) => ({ kind: "numbered", divisor, pieces: textsOf(upTo67.slice(0, 10)) }) as const),
  ],
  ["floats", [1, 2, 3, 4, 5, 16, 67].map((length) => ({ kind: "floats", length, digits: 0 }) as const)],
  ["numbers and rows", [{ kind: "number" }, { kind: "text", text: "," }, { kind: "row", width: 7 }, coded([1])]],
  [
    "rows without padding",
    [
      { kind: "row", width: 1 },
      { kind: "row", width: 20 },
    ],
  ],
];

for (const [name, parts] of cases) {
  test(`lines equal the twin: ${name}`, () => {
    const write = createLineWriter(createCore(), parts, 500);
    for (const [start, rows] of [
      [0, 0],
      [0, 1],
      [9_999_990, 67],
      [2 ** 32 - 250, 500],
      [2 ** 53 - 3, 3],
    ] as const) {
      const columns = parts.map((part, stream) => columnOf(part, stream, rows));
      assertSameBytes(
        write(start, rows, columns),
        lines(parts, BigInt(start), rows, columns, textOf),
        `${name}, ${rows} rows`,
      );
    }
  });
}

test("a full writer of longest lines leaves the regions after it alone", () => {
  const core = createCore();
  const parts: LinePart[] = [
    coded([17]),
    coded([33]),
    { kind: "floats", length: 3, digits: 0 },
    { kind: "row", width: 1 },
  ];
  const write = createLineWriter(core, parts, 64);
  const other = createLineWriter(core, parts, 64);
  const region = core.alloc(64);
  core.bytes(region, 64).fill(0xaa);
  const longest = new Float32Array(3 * 64).fill(-1.17549435e-38); // 15 characters
  const columns = [new Uint8Array(64), new Uint8Array(64), longest, undefined];
  for (const each of [other, write, other]) {
    const written = each(2 ** 53 - 64, 64, columns);
    assertSameBytes(
      written,
      lines(parts, 2n ** 53n - 64n, 64, columns, () => "-1.1754944e-38"),
      "full",
    );
    assert.ok(written.length <= 64 * longestLine(parts));
  }
  assert.ok(core.bytes(region, 64).every((byte) => byte === 0xaa));
});

test("columns may lie in the core's memory, and elsewhere at the next call", () => {
  const core = createCore();
  const parts: LinePart[] = [coded(upTo67), { kind: "floats", length: 2, digits: 0 }];
  const write = createLineWriter(core, parts, 100);
  const codes = core.bytes(core.alloc(100), 100);
  const values = new Float32Array(core.kernels.memory.buffer, core.alloc(800), 200);
  codes.set(columnOf(parts[0]!, 0, 100) as Uint8Array);
  values.set(columnOf(parts[1]!, 1, 100) as Float32Array);
  const inside = [codes, values];
  const outside = parts.map((part, stream) => columnOf(part, stream + 2, 100));
  for (const columns of [inside, outside, inside]) {
    assertSameBytes(write(0, 100, columns), lines(parts, 0n, 100, columns, textOf), "lent columns");
  }
});
