import { createDecimalWriter } from "../core/decimals.ts";
import { createCore } from "../core/instance.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { RunningHash } from "../data/records.ts";
import type { MemoryColumns } from "./memorycolumns.ts";
import { openMemoryTable } from "./memorytable.ts";
import { recordsOfBlocks, type RecordBlock } from "./recordblocks.ts";
import type { ShardRecords } from "./recordshards.ts";

/** What is said of a memory beside its embedding, in the order of a line of JSON. */
interface MemoryRow {
  readonly content: string;
  readonly confidence: number | null;
  readonly id: string;
  readonly cluster: number;
}

/**
 * The rows of a Parquet file of memories, the same records as of the JSON lines of the same memories. Throws `InputError` where
 * it is damaged, or has no rows.
 */
export async function openRecordMemories(source: ByteSource, createHash: () => RunningHash): Promise<ShardRecords> {
  const table = await openMemoryTable(source);
  const dim = await table.dim();
  if (dim === 0) throw new InputError("It has no rows");
  const most = Math.max(...table.rows);
  const writeDecimals = createDecimalWriter(createCore(), most);
  const decoder = new TextDecoder();
  // As in a line of JSON: a float32 with all digits of a float64 would be stored as another number.
  const decimalsOf = (values: Float32Array) =>
    JSON.parse(`[${decoder.decode(writeDecimals(values))}]`) as MemoryRow["confidence"][];
  const rowsOf = ({ contents, confidences, ids, clusters }: MemoryColumns): MemoryRow[] => {
    const decimals = decimalsOf(confidences);
    return contents.map((content, row) => {
      return { content, confidence: decimals[row]!, id: ids[row]!, cluster: clusters[row]! };
    });
  };
  async function* blocks(): AsyncGenerator<RecordBlock<MemoryRow>> {
    for (const [group, count] of table.rows.entries()) {
      if (count === 0) continue;
      const columns = await table.read(group);
      if (columns.embeddings.length !== count * dim)
        throw new InputError(
          `Row group ${group} has embeddings of ${columns.embeddings.length / count} values, expected ${dim}`,
        );
      yield { rows: rowsOf(columns), embeddings: columns.embeddings };
    }
  }
  const input = recordsOfBlocks(dim, blocks, ({ id, ...fields }) => ({ id, fields }), createHash);
  return { input, rows: table.rows.reduce((sum, count) => sum + count, 0) };
}
