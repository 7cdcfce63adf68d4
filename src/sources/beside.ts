import type { Source } from "../data/rows.ts";

/** One source whose rows have the fields of all: each keeps its own streams, so none moves another. */
export function besideEachOther(sources: readonly Source[]): Source {
  return {
    fields: sources.flatMap((source) => source.fields),
    read(start, rows) {
      return { start, rows, columns: sources.flatMap((source) => source.read(start, rows).columns) };
    },
  };
}
