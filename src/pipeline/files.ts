import { dtypes } from "../data/dtype.ts";
import type { FileSpec, Pass } from "../data/plan.ts";
import { valuesPerRow, type Field } from "../data/rows.ts";
import type { FilePart } from "../formats/table.ts";
import { fieldsOf } from "../sources/table.ts";

/** A file of a dataset and its parts, in the order of the passes that write them. */
export interface PlannedFile extends FileSpec {
  readonly parts: readonly (FilePart & { readonly pass: Pass })[];
}

/** The files that the passes write, in the order in which they are begun. */
export function plannedFiles(passes: readonly Pass[]): PlannedFile[] {
  const files = new Map<string, FileSpec & { parts: (FilePart & { pass: Pass })[] }>();
  for (const pass of passes) {
    for (const { name, format } of pass.files) {
      const file = files.get(name) ?? { name, format, parts: [] };
      files.set(name, file);
      file.parts.push({ spec: format, fields: fieldsOf(pass.sources), pass });
    }
  }
  return [...files.values()];
}

/** The name of a file or folder in the dataset's folder until it is complete. */
export function partName(name: string): string {
  return `${name.replaceAll("/", "-")}.part`;
}

/** Which share of the bytes of all rows, 0 to 1, is made when pass number `pass` has come to row `rowEnd`. */
export function createShare(passes: readonly Pass[]): (pass: number, rowEnd: number) => number {
  const rowBytes = passes.map(bytesPerRow);
  const before = [0];
  passes.forEach(({ rowStart, rowEnd }, at) => before.push(before[at]! + (rowEnd - rowStart) * rowBytes[at]!));
  return (pass, rowEnd) => (before[pass]! + (rowEnd - passes[pass]!.rowStart) * rowBytes[pass]!) / before.at(-1)!;
}

/** The fields of the rows that the files of the pass take: others need not be made. */
export function fieldsTaken({ sources, files }: Pick<Pass, "sources" | "files">): Field[] {
  const names = files.flatMap(({ format }) =>
    "field" in format ? [format.field] : "fields" in format ? format.fields : undefined,
  );
  return fieldsOf(sources).filter(({ name }) => names.includes(undefined) || names.includes(name));
}

/** The bytes of a row in memory, of the fields that are taken. */
export function bytesPerRow(pass: Pass): number {
  return fieldsTaken(pass).reduce((sum, field) => sum + valuesPerRow(field) * dtypes[field.dtype].bytes, 0);
}
