import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { integerBytes, integerOf, listBytes, listOf, structBytes, structOf, textOf } from "../../src/formats/thrift.ts";

// Encoded by hand from the specification of the compact protocol: fields 1 (true), 2 (i32 -1), 5 (list of i32 1, 2),
// 20 (text "ab"), 21 (double), 22 (struct with byte 7 as field 3), 23 (false).
// prettier-ignore
const bytes = Uint8Array.of(
  0x11, 0x15, 0x01, 0x39, 0x25, 0x02, 0x04, 0xf8, 0x02, 0x61, 0x62, 0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x1c, 0x33, 7, 0, 0x12, 0,
);

test("a struct is cut into its fields and put together again", () => {
  const fields = structOf(bytes);
  assert.deepEqual([...fields.keys()], [1, 2, 5, 20, 21, 22, 23]);
  assert.equal(integerOf(fields.get(2)!.value), -1);
  assert.deepEqual(listOf(fields.get(5)!.value).items.map(integerOf), [1, 2]);
  assert.equal(textOf(fields.get(20)!.value), "ab");
  assert.deepEqual(structOf(fields.get(22)!.value), new Map([[3, { type: 3, value: Uint8Array.of(7) }]]));
  assert.deepEqual(structBytes(fields), bytes);
  const far = Uint8Array.of(0x15, 2, 0x05, 0x80, 0x02, 4, 0); // field 128, written in full
  assert.deepEqual(
    [...structOf(far)].map(([id, { value }]) => [id, integerOf(value)]),
    [
      [1, 1],
      [128, 2],
    ],
  );
  assert.deepEqual(structBytes(structOf(far)), far);
});

test("integers and lists of all lengths", () => {
  for (const value of [0, 1, 63, 64, 127, 8191, 8192, 2 ** 31, 2 ** 32 + 1, 2 ** 52]) {
    assert.equal(integerOf(integerBytes(value)), value);
  }
  assert.deepEqual(integerBytes(300), Uint8Array.of(0xd8, 0x04));
  for (let count = 0; count < 68; count++) {
    const items = Array.from({ length: count }, (_, at) => integerBytes(at * 100));
    assert.deepEqual(listOf(listBytes({ type: 6, items })), { type: 6, items });
  }
  assert.deepEqual(listOf(Uint8Array.of(0x21, 1, 2)).items, [Uint8Array.of(1), Uint8Array.of(2)]); // booleans
});

test("what is cut short, of unknown type, endless or too deep is refused", () => {
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => structOf(bytes.subarray(0, length)), InputError, `${length} bytes`);
  assert.throws(() => structOf(Uint8Array.of(0x1d, 0)), InputError);
  assert.throws(() => structOf(new Uint8Array(1e6).fill(0x1c)), InputError);
  assert.throws(() => listOf(new Uint8Array(1e6).fill(0x19)), InputError);
  assert.throws(() => listOf(Uint8Array.of(0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 1)), InputError);
  assert.throws(() => structOf(new Uint8Array(20).fill(0xff)), InputError);
  assert.throws(() => structOf(Uint8Array.of(0x15, ...new Uint8Array(11).fill(0xff), 0)), InputError);
});
