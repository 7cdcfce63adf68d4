import type { StoreRecord } from "../../data/records.ts";
import { CopyBuffer } from "./copybuffer.ts";
import type { PgColumn } from "./plan.ts";

const PIECE_BYTES = 1 << 18;
const SIGNATURE = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00];

/** What COPY is sent for records without refusals, piece by piece. */
export function* copyPieces(columns: readonly PgColumn[], records: Iterable<StoreRecord>): Generator<Uint8Array> {
  const out = new CopyBuffer();
  for (const value of SIGNATURE) out.byte(value);
  out.int32(0); // flags
  out.int32(0); // bytes of extensions
  for (const record of records) {
    out.int16(columns.length);
    for (const { kind, valueOf } of columns) {
      const value = valueOf(record) ?? null;
      if (value === null) out.int32(-1);
      else kind.write(out, value);
    }
    if (out.byteLength >= PIECE_BYTES) yield out.take();
  }
  out.int16(-1);
  yield out.take();
}
