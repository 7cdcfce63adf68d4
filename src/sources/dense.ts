import { normalStream, uniformStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { DenseSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";

/** The field that `denseSource` fills. */
export function denseField({ field, dim }: DenseSpec): Field {
  return { name: field, dtype: "<f4", shape: [dim] };
}

/** Vectors of independent values: element (row, column) is element row * dim + column of the stream. */
export function denseSource(core: Core, spec: DenseSpec, maxRows: number): Source {
  const makeStream = spec.kind === "gaussian" ? normalStream : uniformStream;
  const stream = makeStream(core, spec, maxRows * spec.dim);
  const field = denseField(spec);
  return {
    fields: [field],
    read(start, rows) {
      const data = stream.read(BigInt(start) * BigInt(spec.dim), rows * spec.dim);
      return { start, rows, columns: [{ field, data }] };
    },
  };
}
