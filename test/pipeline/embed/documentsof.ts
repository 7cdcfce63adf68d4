import type { Documents } from "../../../src/pipeline/embed/documents.ts";

export type FieldsOrBad = Readonly<Record<string, unknown>> | string;

/** A dataset in memory, in pieces of some rows; a text is the reason of a bad row. */
export function documentsOf(rows: readonly FieldsOrBad[], pieceRows = 7): Documents & { readonly readings: number } {
  let readings = 0;
  return {
    files: [],
    byteLength: rows.length,
    get readings() {
      return readings;
    },
    async *read({ wants = () => true } = {}) {
      readings++;
      for (let start = 0; start < rows.length; start += pieceRows) {
        const piece = [...rows.slice(start, start + pieceRows).entries()]
          .map(([at, fields]) => ({ row: start + at, fields }))
          .filter(({ row }) => wants(row));
        const isBad = ({ fields }: { fields: FieldsOrBad }) => typeof fields === "string";
        yield {
          documents: piece
            .filter((row) => !isBad(row))
            .map(({ row, fields }) => ({ row, fields: fields as object as Record<string, unknown> })),
          bad: piece.filter(isBad).map(({ row, fields }) => ({ row, file: "f", line: row, reason: fields as string })),
          bytes: Math.min(pieceRows, rows.length - start),
        };
      }
    },
  };
}
