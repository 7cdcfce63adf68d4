import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { readNpyArray, readNpyHeader } from "../../src/formats/npy.ts";
import { memorySource } from "../support/memory.ts";

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}.npy`, import.meta.url)));
const good = fixture("f4_3x4");

/** The good file with another dictionary, as long as it fits. */
function withHeader(dict: string): Uint8Array {
  const bytes = good.slice();
  bytes.set(new TextEncoder().encode(dict.padEnd(117, " ")), 10);
  return bytes;
}

function withBytes(at: number, ...values: number[]): Uint8Array {
  const bytes = good.slice();
  bytes.set(values, at);
  return bytes;
}

const dict = (descr: string, order = "False", shape = "(3, 4)") =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

const malformed: Record<string, Uint8Array> = {
  "no bytes": good.slice(0, 0),
  "a magic cut short": good.slice(0, 5),
  "a magic alone": good.slice(0, 8),
  "a header cut short": good.slice(0, 100),
  "a header without data": good.slice(0, 128),
  "data cut short": good.slice(0, 175),
  "trailing bytes": Uint8Array.from([...good, 0]),
  "another magic": withBytes(0, 0x94),
  "a text file": new TextEncoder().encode("0.1 0.2 0.3\n0.4 0.5 0.6\n"),
  "version 0": withBytes(6, 0),
  "version 4": withBytes(6, 4),
  "a header longer than the file": withBytes(8, 0xff, 0xff),
  "a header of 4 GiB": withBytes(6, 2, 0, 0xff, 0xff, 0xff, 0xff),
  "a version 2 header cut short": withBytes(6, 2).slice(0, 11),
  "no dictionary": withHeader("hello"),
  "a dictionary cut short": withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (3,"),
  "no type": withHeader("{'fortran_order': False, 'shape': (3, 4), }"),
  "no order": withHeader("{'descr': '<f4', 'shape': (3, 4), }"),
  "no shape": withHeader("{'descr': '<f4', 'fortran_order': False, }"),
  "an unknown type": withHeader(dict("'<f3'")),
  "a type of Object.prototype": withHeader(dict("'constructor'")),
  "an order that is no truth value": withHeader(dict("'<f4'", "Maybe")),
  "a negative length": withHeader(dict("'<f4'", "False", "(-3, -4)")),
  "a fraction": withHeader(dict("'<f4'", "False", "(3.5, 4)")),
  "a length that is no number": withHeader(dict("'<f4'", "False", "(x, 4)")),
  "a length beyond 2^53": withHeader(dict("'<f4'", "False", "(9007199254740993, 0)")),
  "a product beyond 2^53": withHeader(dict("'<f4'", "False", "(4503599627370496, 4503599627370496)")),
  "another number of values": withHeader(dict("'<f4'", "False", "(3, 5)")),
  "binary rubbish": Uint8Array.from([...good.slice(0, 10), ...Array.from({ length: 166 }, (_, i) => (i * 73) % 256)]),
  "lines instead of a dictionary": withHeader("{\n  descr\n}"),
};

for (const [what, bytes] of Object.entries(malformed)) {
  test(`${what}: one clear line`, async () => {
    await assert.rejects(readNpyArray(memorySource(bytes)), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^[\x20-\x7e]+$/);
      return true;
    });
  });
}

const unsupported: Record<string, RegExp> = {
  f4_3_big_endian: />f4/,
  bool_2: /\|b1/,
  record_2: /header/,
};
for (const [name, pattern] of Object.entries(unsupported)) {
  test(`${name}.npy is refused by the name of its type`, async () => {
    await assert.rejects(readNpyArray(memorySource(fixture(name))), (error) => {
      return error instanceof InputError && pattern.test(error.message) && !error.message.includes("\n");
    });
  });
}

test("a huge header in a huge file is refused before it is read", async () => {
  const start = withBytes(6, 2, 0, 0xf4, 0xff, 0xff, 0xff);
  const source = {
    byteLength: 2 ** 40,
    async read(offset: number, length: number) {
      assert.ok(offset + length <= 2 ** 20, `read ${length} bytes at ${offset}`);
      return Uint8Array.from({ length }, (_, i) => start[offset + i] ?? 0x20);
    },
  };
  await assert.rejects(readNpyHeader(source), { name: "InputError" });
});

test("a malformed byte anywhere in the header gives the same array, another one, or an InputError", async () => {
  for (let at = 0; at < 128; at++) {
    for (const value of [0, 0x20, 0x27, 0x31, 0xff]) {
      await readNpyArray(memorySource(withBytes(at, value))).then(
        ({ data }) => assert.ok(data.byteLength === 48),
        (error) => assert.ok(error instanceof InputError, `byte ${at} = ${value}: ${String(error)}`),
      );
    }
  }
});
