import { indexStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { IndexSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";

/** The field that `indexSource` fills. */
export function indexField({ field }: IndexSpec): Field {
  return { name: field, dtype: "<u4", shape: [] };
}

/** One whole number a row, uniform and independent. */
export function indexSource(core: Core, spec: IndexSpec, maxRows: number): Source {
  const stream = indexStream(core, spec, spec.bound, maxRows);
  const field = indexField(spec);
  return {
    fields: [field],
    read: (start, rows) => ({ start, rows, columns: [{ field, data: stream.read(BigInt(start), rows) }] }),
  };
}
