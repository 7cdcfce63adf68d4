import { createPerturber } from "../core/perturb.ts";
import { indexStream, normalStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { ClusteredSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";

/** The field that `clusteredSource` fills. */
export function clusteredField({ field, dim }: ClusteredSpec): Field {
  return { name: field, dtype: "<f4", shape: [dim] };
}

/**
 * Points around centroids that are drawn row by row, so that no part of the rows sees one cluster only. The centroid's number
 * is that of an `index` source with the same bound on stream `clusterStream`.
 */
export function clusteredSource(core: Core, spec: ClusteredSpec, maxRows: number): Source {
  const { dim, key, clusterStream } = spec;
  const noise = normalStream(core, spec, maxRows * dim);
  const bound = spec.centroids.length / dim;
  const numbers = indexStream(core, { key, stream: clusterStream }, bound, maxRows);
  const perturb = createPerturber(core, spec);
  const field = clusteredField(spec);
  return {
    fields: [field],
    read(start, rows) {
      const data = noise.read(BigInt(start) * BigInt(dim), rows * dim);
      perturb(data, numbers.read(BigInt(start), rows));
      return { start, rows, columns: [{ field, data }] };
    },
  };
}
