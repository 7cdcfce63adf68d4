import { uniformStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { JitteredSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";

/** The field that `jitteredSource` fills. */
export function jitteredField({ field }: JitteredSpec): Field {
  return { name: field, dtype: "<f4", shape: [] };
}

/** One float32 a row: `base` + U(-spread, spread), brought back into `min` to `max`. */
export function jitteredSource(core: Core, spec: JitteredSpec, maxRows: number): Source {
  const stream = uniformStream(core, spec, maxRows);
  const field = jitteredField(spec);
  const [base, spread, min, max] = [spec.base, spec.spread, spec.min, spec.max].map(Math.fround) as Four;
  return {
    fields: [field],
    read(start, rows) {
      const data = stream.read(BigInt(start), rows);
      for (let row = 0; row < rows; row++) {
        const value = Math.fround(base + Math.fround(spread * (2 * data[row]! - 1))); // 2 u - 1 is exact
        data[row] = Math.min(Math.max(value, min), max);
      }
      return { start, rows, columns: [{ field, data }] };
    },
  };
}

type Four = [number, number, number, number];
