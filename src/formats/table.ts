import type { Core } from "../core/instance.ts";
import type { ByteSource, Encoder, FileLength, Framer, StoredRows } from "../data/format.ts";
import type { FormatSpec, MemoryLinesSpec, Pass } from "../data/plan.ts";
import type { Field } from "../data/rows.ts";

/** What a format needs to know of the pass whose rows it writes. */
export interface FileContext {
  readonly fields: readonly Field[];
  readonly pass: Pick<Pass, "rowStart" | "rowEnd">;
}

/** What an encoder needs besides. */
export interface EncoderContext extends FileContext {
  readonly core: Core;
  /** The largest block that will be encoded. */
  readonly maxRows: number;
}

/** A part of a file: how the rows of one pass are written to it. */
export interface FilePart<S extends FormatSpec = FormatSpec> extends FileContext {
  readonly spec: S;
}

interface Format<S extends FormatSpec> {
  encoder(spec: S, context: EncoderContext): Encoder | Promise<Encoder>;
  framer(): Framer<FilePart<S>>;
  /** Of a file of these parts. */
  length(parts: readonly FilePart<S>[]): FileLength;
  /** The encoder of what `storedRows` gives back: the rows before any compression. */
  rawEncoder(spec: S, context: EncoderContext): Encoder | Promise<Encoder>;
  storedRows(spec: S, context: FileContext, source: ByteSource, open: OpenInside): Promise<StoredRows>;
}

/** Gives the content of a file by its path in a folder that is written as one file. */
type OpenInside = (path: string) => Promise<Uint8Array>;

type Formats = { [K in FormatSpec["kind"]]: () => Promise<Format<Extract<FormatSpec, { kind: K }>>> };

/** The one table of file formats, each loaded when it is first used. */
const formats: Formats = {
  npy: async () => {
    const { npyEncoder, npyHeader, npyLength, npyStoredRows } = await import("./npy.ts");
    return {
      length: onePart(({ spec, fields, pass }) => npyLength(fieldOf(fields, spec.field), rowsOf(pass))),
      encoder: (spec) => npyEncoder(spec.field),
      rawEncoder: (spec) => npyEncoder(spec.field),
      storedRows: (spec, { fields }, source) => npyStoredRows(source, fieldOf(fields, spec.field)),
      framer: () =>
        withHeader(({ spec, fields, pass }) => {
          const field = fieldOf(fields, spec.field);
          return npyHeader(field.dtype, [rowsOf(pass), ...field.shape]);
        }),
    };
  },
  npz: async () => {
    const [{ npyEncoder }, { createNpzWriter, npzEncoder, npzLength, npzStoredRows }] = await Promise.all([
      import("./npy.ts"),
      import("./npz.ts"),
    ]);
    type Part = FilePart<Extract<FormatSpec, { kind: "npz" }>>;
    const memberOf = ({ spec, fields, pass }: Part) => [fieldOf(fields, spec.field), rowsOf(pass), spec] as const;
    return {
      length: (parts) => npzLength(parts.map(memberOf)),
      encoder: (spec, context) => npzEncoder(fieldOf(context.fields, spec.field), spec, context),
      rawEncoder: (spec) => npyEncoder(spec.field),
      framer: () => {
        const writer = createNpzWriter();
        return { ...writer, open: (part) => writer.open(...memberOf(part)) };
      },
      storedRows: (spec, { fields }, source) => npzStoredRows(source, fieldOf(fields, spec.field)),
    };
  },
  jsonl: async () => {
    const { jsonlEncoder, jsonlLength, jsonlStoredRows } = await import("./jsonl.ts");
    const fieldsOf = (spec: { fields: readonly string[] }, { fields }: FileContext) =>
      spec.fields.map((name) => fieldOf(fields, name));
    const encoder = (spec: { fields: readonly string[] }, context: EncoderContext) =>
      jsonlEncoder(context.core, fieldsOf(spec, context), context.maxRows);
    return {
      length: onePart((part) => jsonlLength(fieldsOf(part.spec, part), rowsOf(part.pass))),
      encoder,
      rawEncoder: encoder,
      storedRows: (_spec, _context, source) => jsonlStoredRows(source),
      framer: () => withHeader(() => EMPTY),
    };
  },
  memorylines: async () => {
    const [{ memoryLinesEncoder, memoryLinesLength }, { jsonlStoredRows }] = await Promise.all([
      import("./memorylines.ts"),
      import("./jsonl.ts"),
    ]);
    const dimOf = ({ fields }: FileContext) => fieldOf(fields, "embedding").shape[0]!;
    const encoder = (spec: MemoryLinesSpec, context: EncoderContext) =>
      memoryLinesEncoder(context.core, spec, dimOf(context), context.maxRows);
    return {
      length: onePart((part) => memoryLinesLength(part.spec, dimOf(part), rowsOf(part.pass))),
      encoder,
      rawEncoder: encoder,
      storedRows: (_spec, _context, source) => jsonlStoredRows(source),
      framer: () => withHeader(() => EMPTY),
    };
  },
  memoryparquet: async () => {
    const [
      { memoryParquetEncoder, memoryParquetLength },
      { joinRowGroups },
      { memoryBytesEncoder },
      { memoryTableStoredRows },
    ] = await Promise.all([
      import("./memoryparquet.ts"),
      import("./parquetfooter.ts"),
      import("./memorycolumns.ts"),
      import("./memorytable.ts"),
    ]);
    const dimOf = ({ fields }: FileContext) => fieldOf(fields, "embedding").shape[0]!;
    return {
      length: onePart((part) => memoryParquetLength(part.spec, dimOf(part), [part.pass.rowStart, part.pass.rowEnd])),
      encoder: (spec, context) => memoryParquetEncoder(spec, dimOf(context)),
      rawEncoder: (spec) => memoryBytesEncoder(spec.idPrefix),
      storedRows: (_spec, _context, source) => memoryTableStoredRows(source),
      framer: joinRowGroups,
    };
  },
  idx: async () => {
    const { idxEncoder, idxHeader, idxLength, idxStoredRows } = await import("./idx.ts");
    return {
      length: onePart(({ spec, fields, pass }) => idxLength(fieldOf(fields, spec.field), rowsOf(pass))),
      encoder: (spec) => idxEncoder(spec.field),
      rawEncoder: (spec) => idxEncoder(spec.field),
      storedRows: (spec, { fields }, source) => idxStoredRows(source, fieldOf(fields, spec.field)),
      framer: () =>
        withHeader(({ spec, fields, pass }) => idxHeader([rowsOf(pass), ...fieldOf(fields, spec.field).shape])),
    };
  },
  webdataset: async () => {
    const { webDatasetEncoder, webDatasetEnd, webDatasetLength, webDatasetStoredRows } =
      await import("./webdataset.ts");
    return {
      length: onePart(({ spec, pass }) => webDatasetLength(spec.style, rowsOf(pass))),
      encoder: (spec) => webDatasetEncoder(spec.style),
      rawEncoder: (spec) => webDatasetEncoder(spec.style),
      storedRows: (_spec, _context, source) => webDatasetStoredRows(source),
      framer: () => withHeader(() => EMPTY, webDatasetEnd),
    };
  },
  imagefolder: async () => {
    const { imageFolderEncoder, imageFolderLength, imageFolderStoredRows } = await import("./imagefolder.ts");
    return {
      length: onePart(({ spec, pass }) => imageFolderLength(spec.style, rowsOf(pass))),
      encoder: (spec) => imageFolderEncoder(spec.style),
      rawEncoder: (spec) => imageFolderEncoder(spec.style),
      storedRows: (_spec, _context, source, open) => imageFolderStoredRows(source, open),
      framer: () => withHeader(() => EMPTY),
    };
  },
  imagelines: async () => {
    const [{ metadataEncoder, metadataLength }, { jsonlStoredRows }] = await Promise.all([
      import("./imagefolder.ts"),
      import("./jsonl.ts"),
    ]);
    return {
      length: onePart(({ pass }) => metadataLength(rowsOf(pass), pass.rowEnd)),
      encoder: () => metadataEncoder(),
      rawEncoder: () => metadataEncoder(),
      storedRows: (_spec, _context, source) => jsonlStoredRows(source),
      framer: () => withHeader(() => EMPTY),
    };
  },
  imageparquet: async () => {
    const [{ imageParquetEncoder, imageParquetLength, imageParquetStoredRows }, { imageBytesEncoder }] =
      await Promise.all([import("./imageparquet.ts"), import("./imagerows.ts")]);
    return {
      length: onePart(({ spec, pass }) => imageParquetLength(spec.style, rowsOf(pass))),
      encoder: (spec) => imageParquetEncoder(spec.style),
      rawEncoder: () => imageBytesEncoder(),
      storedRows: (_spec, _context, source) => imageParquetStoredRows(source),
      framer: () => withHeader(() => EMPTY),
    };
  },
};

/** The encoder of each spec, to run beside the source. */
export async function openEncoders(specs: readonly FormatSpec[], context: EncoderContext): Promise<Encoder[]> {
  return Promise.all(specs.map(async (spec) => (await formatOf(spec)).encoder(spec, context)));
}

/** The framer of a file in the format of that spec, to run where the file is written. */
export async function openFramer(spec: FormatSpec): Promise<Framer<FilePart>> {
  return (await formatOf(spec)).framer();
}

/** How long a file of these parts, all of one format, will be. */
export async function lengthOfFile(parts: readonly FilePart[]): Promise<FileLength> {
  return (await formatOf(parts[0]!.spec)).length(parts);
}

/** The encoder whose bytes `openStoredRows` gives back. */
export async function openRawEncoder(spec: FormatSpec, context: EncoderContext): Promise<Encoder> {
  return (await formatOf(spec)).rawEncoder(spec, context);
}

/** The rows of a written file. Throws `InputError` when it is not of the spec's format. */
export async function openStoredRows(
  spec: FormatSpec,
  context: FileContext,
  source: ByteSource,
  open: OpenInside,
): Promise<StoredRows> {
  return (await formatOf(spec)).storedRows(spec, context, source, open);
}

function formatOf<S extends FormatSpec>(spec: S): Promise<Format<S>> {
  return (formats[spec.kind] as unknown as () => Promise<Format<S>>)();
}

const EMPTY = new Uint8Array(0);

/** The framer of a format of one part, whose rows follow a header. */
function withHeader<Part>(header: (part: Part) => Uint8Array, end: Uint8Array = EMPTY): Framer<Part> {
  let isOpened = false;
  return {
    open(part) {
      if (isOpened) throw new Error("Cannot continue a file whose format has one part");
      isOpened = true;
      return header(part);
    },
    add() {},
    close: () => EMPTY,
    end: () => end,
  };
}

/** The length of a format that has one part. */
function onePart<Part>(lengthOf: (part: Part) => FileLength): (parts: readonly Part[]) => FileLength {
  return ([part, ...more]) => {
    if (!part || more.length > 0) throw new Error(`Cannot write a file of ${more.length + 1} parts: expected one`);
    return lengthOf(part);
  };
}

function rowsOf({ rowStart, rowEnd }: FileContext["pass"]): number {
  return rowEnd - rowStart;
}

function fieldOf(fields: readonly Field[], name: string): Field {
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) throw new Error(`Cannot write field "${name}": expected one of ${fields.map((f) => f.name).join(", ")}`);
  return field;
}
