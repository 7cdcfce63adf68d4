import { dtypes } from "../data/dtype.ts";
import type { FileSpec, FormatSpec, Pass } from "../data/plan.ts";
import { valuesPerRow } from "../data/rows.ts";
import { openFramer, type FilePart } from "../formats/table.ts";
import { openFolderSink } from "../runtime/foldersink.ts";
import { openSink, type Sink } from "../runtime/sink.ts";
import type { Encoded } from "../data/format.ts";
import { fieldsOf } from "../sources/table.ts";

/** The files that the passes write, each once, in the order in which they are begun. */
export function fileSpecs(passes: readonly Pass[]): FileSpec[] {
  const byName = new Map<string, FileSpec>();
  for (const file of passes.flatMap((pass) => pass.files)) if (!byName.has(file.name)) byName.set(file.name, file);
  return [...byName.values()];
}

/** The parts of a file in the order of the passes that write them. */
export function partsOf(name: string, passes: readonly Pass[]): FilePart[] {
  return passes.flatMap((pass) =>
    pass.files.filter((file) => file.name === name).map(({ format }) => partOf(format, pass)),
  );
}

/** How the rows of a pass are written in that format. */
function partOf(spec: FormatSpec, pass: Pass): FilePart {
  return { spec, fields: fieldsOf(pass.sources), pass };
}

/** One file being written, part after part. */
export interface Output {
  readonly name: string;
  readonly sink: Sink;
  /** Begins the part that is file number `file` of the pass. */
  open(pass: Pass, file: number): void;
  /** Resolves when the bytes may be reused. */
  add(encoded: Encoded): Promise<void>;
  close(): void;
  end(): void;
}

/** The name of a file or folder in the dataset's folder until it is complete. */
export function partName(name: string): string {
  return `${name.replaceAll("/", "-")}.part`;
}

/** Begins a file or folder: what frames the rows is written as well as the rows. `sink.finish` reports what failed. */
export async function openOutput(
  { name, format }: FileSpec,
  { folder, checksum }: { readonly folder: string; readonly checksum: boolean },
): Promise<Output> {
  const framer = await openFramer(format);
  const open = format.kind === "imagefolder" ? openFolderSink : openSink;
  const sink = open(`${folder}/${name}`, { partPath: `${folder}/${partName(name)}`, checksum });
  const frame = (bytes: Uint8Array) => {
    if (bytes.length > 0) sink.write({ bytes }).catch(() => {});
  };
  return {
    name,
    sink,
    open: (pass, file) => frame(framer.open(partOf(pass.files[file]!.format, pass))),
    add(encoded) {
      framer.add(encoded);
      return sink.write(encoded);
    },
    close: () => frame(framer.close()),
    end: () => frame(framer.end()),
  };
}

/** Which share of the bytes of all rows, 0 to 1, is made when pass number `pass` has come to row `rowEnd`. */
export function createShare(passes: readonly Pass[]): (pass: number, rowEnd: number) => number {
  const rowBytes = passes.map(bytesPerRow);
  const before = [0];
  passes.forEach(({ rowStart, rowEnd }, at) => before.push(before[at]! + (rowEnd - rowStart) * rowBytes[at]!));
  return (pass, rowEnd) => (before[pass]! + (rowEnd - passes[pass]!.rowStart) * rowBytes[pass]!) / before.at(-1)!;
}

/** The bytes of a row in memory, of the fields that the files of the pass take. */
export function bytesPerRow({ sources, files }: Pass): number {
  const names = files.flatMap(({ format }) =>
    "field" in format ? [format.field] : "fields" in format ? format.fields : undefined,
  );
  const fields = fieldsOf(sources).filter(({ name }) => names.includes(undefined) || names.includes(name));
  return fields.reduce((sum, field) => sum + valuesPerRow(field) * dtypes[field.dtype].bytes, 0);
}
