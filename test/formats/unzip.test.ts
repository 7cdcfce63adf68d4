import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { ByteSource } from "../../src/data/format.ts";
import { npzStoredRows } from "../../src/formats/npz.ts";
import { checkedMemberSource, readZipMember } from "../../src/formats/unzip.ts";
import { readZipDirectory } from "../../src/formats/zipdirectory.ts";
import { assertSameBytes } from "../reference/same.ts";
import { Rows } from "./npzrows.ts";
import { memorySource } from "./samples.ts";

const ROWS = 8000;
const rows = new Rows({ name: "images", dtype: "|u1", shape: [28, 28] }, ROWS, "images"); // 6 MB, deflated to a tenth
const file = rows.file(0, ROWS, 4000, { compressor: "fflate", pieceRows: 1000 });

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

// In Node 20 a DecompressionStream that is given up midway, while it has more to give, ends the process and its tests.
test("a deflated member may be abandoned anywhere, many times, and is whole the next time", async () => {
  const source = memorySource(file);
  const [entry] = await readZipDirectory(source);
  for (let at = 0; at < 120; at++) {
    let chunks = (at * 7) % 31;
    for await (const bytes of readZipMember(source, entry!)) {
      assert.ok(bytes.length > 0);
      if (chunks-- === 0) break;
      if (at % 4 > 0) await turn(); // the stream has more ready by now
    }
    const untouched = readZipMember(source, entry!);
    await untouched.return(undefined);
    const abandoned = checkedMemberSource(source, entry!);
    await abandoned.read(128 + 784 * at, 784);
  }
  await turn();
  const whole = await checkedMemberSource(source, entry!).read(128, rows.data.length);
  assertSameBytes(whole, rows.data, "all rows");
});

test("rows are read on, back and over each other, from a member that is begun anew each time", async () => {
  const stored = await npzStoredRows(memorySource(file), rows.field);
  for (let at = 0; at < 30; at++) {
    const start = 10 + ((at * 307) % 3000);
    for (const [from, count] of [
      [start, 600],
      [start + 300, 600], // over the last
      [start - 10, 10], // back
      [start + 1000, 1],
    ] as const) {
      assertSameBytes(await stored.read(from, count), rows.bytes(from, from + count), `rows from ${from}`);
      if (at % 2) await turn();
    }
  }
  assertSameBytes(await stored.read(0, ROWS), rows.data, "all rows");
});

test("a source that fails midway fails the read with its own error, and the next read again", async () => {
  const source = memorySource(file);
  const [entry] = await readZipDirectory(source);
  const gone = new InputError("The disk went away");
  const broken: ByteSource = {
    byteLength: source.byteLength,
    async read(offset, length) {
      if (offset > source.byteLength / 2) throw gone;
      return source.read(offset, length);
    },
  };
  const member = checkedMemberSource(broken, entry!);
  for (let at = 0; at < 20; at++) {
    assertSameBytes(await member.read(128, 784), rows.bytes(0, 1), "first row");
    await assert.rejects(member.read(128 + 784 * (ROWS - 1), 784), (error) => error === gone);
  }
});
