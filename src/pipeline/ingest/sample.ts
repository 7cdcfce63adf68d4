import { InputError } from "../../data/errors.ts";
import type { RecordInput, StoreRecord } from "../../data/records.ts";

const SAMPLED_RECORDS = 1000;
const SAMPLED_ROWS = 10_000;
const SAMPLED_BYTES = 4 << 20; // it is kept

/** The first records of an input. Throws `InputError` where no row at its beginning can be stored. */
export async function sampleOf(input: RecordInput, signal: AbortSignal): Promise<StoreRecord[]> {
  const sample: StoreRecord[] = [];
  let first: string | undefined;
  let size = 0;
  for await (const { records, bad, bytes } of input.read({ rowEnd: SAMPLED_ROWS, wants: () => true }).pieces) {
    signal.throwIfAborted();
    sample.push(...records);
    first ??= bad[0] && `row ${bad[0].row}: ${bad[0].reason}`;
    size += bytes;
    if (sample.length >= SAMPLED_RECORDS || (sample.length > 0 && size >= SAMPLED_BYTES)) break;
  }
  if (sample.length === 0) throw new InputError(`No row of it can be stored: ${first ?? "it has none"}`);
  return sample;
}
