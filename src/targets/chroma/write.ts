import type { ChromaApi } from "./api.ts";
import type { BodyWriter } from "./body.ts";
import type { ChromaRow } from "./rows.ts";
import type { Settle } from "../store.ts";

// A Chroma takes 40 MiB unless it is set otherwise. Half of it is far more than a batch needs to be fast, and what is under
// way is in memory.
const MAX_BODY_BYTES = 20 << 20;

/**
 * Sends rows in as few requests as the server's limits allow. What is refused is sent again in halves, until the rows that
 * are to blame are alone.
 */
export function createChromaWriter(
  api: ChromaApi,
  body: BodyWriter,
  maxBatch: number,
): (collection: string, rows: readonly ChromaRow[], settle: Settle) => Promise<void> {
  let maxBytes = MAX_BODY_BYTES;

  const attempt = async (collection: string, rows: readonly ChromaRow[]) => {
    const bytes = body.write(rows);
    const refusal = await api.upsert(collection, `store ${nameOf(rows)}`, bytes);
    if (refusal?.isTooLarge) maxBytes = Math.min(maxBytes, bytes.byteLength >> 1); // the next ones need not be tried
    return refusal;
  };
  const deliver = async (collection: string, rows: readonly ChromaRow[], settle: Settle): Promise<void> => {
    const refusal = await attempt(collection, rows);
    if (!refusal || rows.length === 1) {
      for (const { record } of rows) settle(record, refusal?.reason);
      return;
    }
    const half = rows.length >> 1;
    await deliver(collection, rows.slice(0, half), settle);
    await deliver(collection, rows.slice(half), settle);
  };

  return async (collection, rows, settle) => {
    for (let next = 0; next < rows.length;) {
      const first = next;
      let bytes = 0;
      do bytes += body.bytesOf(rows[next++]!);
      while (next < rows.length && next - first < maxBatch && bytes + body.bytesOf(rows[next]!) <= maxBytes);
      await deliver(collection, rows.slice(first, next), settle);
    }
  };
}

function nameOf(rows: readonly ChromaRow[]): string {
  const [first, last] = [rows[0]!.record.row, rows.at(-1)!.record.row];
  return first === last ? `row ${first}` : `${rows.length} rows from ${first} to ${last}`;
}
