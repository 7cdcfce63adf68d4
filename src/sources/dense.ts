import { normalStream, uniformStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { DenseSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";

/** Vectors of independent values: element (row, column) is element row * dim + column of the stream. */
export function denseSource(core: Core, spec: DenseSpec, maxRows: number): Source {
  const makeStream = spec.kind === "gaussian" ? normalStream : uniformStream;
  const stream = makeStream(core, spec, maxRows * spec.dim);
  const field: Field = { name: spec.field, dtype: "<f4", shape: [spec.dim] };
  return {
    fields: [field],
    read(start, rows) {
      const data = stream.read(BigInt(start) * BigInt(spec.dim), rows * spec.dim);
      return { start, rows, columns: [{ field, data }] };
    },
  };
}
