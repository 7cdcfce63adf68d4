import type { Core } from "../core/instance.ts";
import type { ByteSource, Encoder, FileLength, Framer, StoredRows } from "../data/format.ts";
import type { FormatSpec, Pass } from "../data/plan.ts";
import type { Field } from "../data/rows.ts";

/** What a format needs to know of the pass it writes. */
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

interface Format<S extends FormatSpec> {
  encoder(spec: S, context: EncoderContext): Encoder;
  framer(spec: S, context: FileContext): Framer;
  length(spec: S, context: FileContext): FileLength;
  /** The encoder of what `storedRows` gives back: the rows before any compression. */
  rawEncoder(spec: S, context: EncoderContext): Encoder;
  storedRows(spec: S, context: FileContext, source: ByteSource): Promise<StoredRows>;
}

/** The one table of file formats, each loaded when it is first used. */
const formats: { [K in FormatSpec["kind"]]: () => Promise<Format<Extract<FormatSpec, { kind: K }>>> } = {
  npy: async () => {
    const { npyEncoder, npyFramer, npyLength, npyStoredRows } = await import("./npy.ts");
    return {
      length: (spec, { fields, pass }) => npyLength(fieldOf(fields, spec.field), pass.rowEnd - pass.rowStart),
      encoder: (spec) => npyEncoder(spec.field),
      rawEncoder: (spec) => npyEncoder(spec.field),
      storedRows: (spec, { fields }, source) => npyStoredRows(source, fieldOf(fields, spec.field)),
      framer: (spec, { fields, pass }) => npyFramer(fieldOf(fields, spec.field), pass.rowEnd - pass.rowStart),
    };
  },
  npz: async () => {
    const [{ npyEncoder }, { npzEncoder, npzFramer, npzLength, npzStoredRows }, { createCrc32 }] = await Promise.all([
      import("./npy.ts"),
      import("./npz.ts"),
      import("../core/measure.ts"),
    ]);
    return {
      length: (spec, { fields, pass }) => npzLength(fieldOf(fields, spec.field), pass.rowEnd - pass.rowStart, spec),
      encoder: (spec, { core, fields, pass }) => npzEncoder(fieldOf(fields, spec.field), spec, pass, createCrc32(core)),
      rawEncoder: (spec) => npyEncoder(spec.field),
      framer: (spec, { fields, pass }) => npzFramer(fieldOf(fields, spec.field), pass.rowEnd - pass.rowStart, spec),
      storedRows: (spec, { fields }, source) => npzStoredRows(source, fieldOf(fields, spec.field)),
    };
  },
  jsonl: async () => {
    const { jsonlEncoder, jsonlFramer, jsonlLength, jsonlStoredRows } = await import("./jsonl.ts");
    const encoder = (spec: { fields: readonly string[] }, { core, fields, maxRows }: EncoderContext) =>
      jsonlEncoder(
        core,
        spec.fields.map((name) => fieldOf(fields, name)),
        maxRows,
      );
    return {
      length: (spec, { fields, pass }) =>
        jsonlLength(
          spec.fields.map((name) => fieldOf(fields, name)),
          pass.rowEnd - pass.rowStart,
        ),
      encoder,
      rawEncoder: encoder,
      storedRows: (_spec, _context, source) => jsonlStoredRows(source),
      framer: () => jsonlFramer(),
    };
  },
};

/** The encoder of each spec, to run beside the source. */
export async function openEncoders(specs: readonly FormatSpec[], context: EncoderContext): Promise<Encoder[]> {
  return Promise.all(specs.map(async (spec) => (await formatOf(spec)).encoder(spec, context)));
}

/** The framer of each spec, to run where the file is written. */
export async function openFramers(specs: readonly FormatSpec[], context: FileContext): Promise<Framer[]> {
  return Promise.all(specs.map(async (spec) => (await formatOf(spec)).framer(spec, context)));
}

/** How long the file of each spec will be. */
export async function fileLengths(specs: readonly FormatSpec[], context: FileContext): Promise<FileLength[]> {
  return Promise.all(specs.map(async (spec) => (await formatOf(spec)).length(spec, context)));
}

/** The encoder whose bytes `openStoredRows` gives back. */
export async function openRawEncoder(spec: FormatSpec, context: EncoderContext): Promise<Encoder> {
  return (await formatOf(spec)).rawEncoder(spec, context);
}

/** The rows of a written file. Throws `InputError` when it is not of the spec's format. */
export async function openStoredRows(spec: FormatSpec, context: FileContext, source: ByteSource): Promise<StoredRows> {
  return (await formatOf(spec)).storedRows(spec, context, source);
}

function formatOf<S extends FormatSpec>(spec: S): Promise<Format<S>> {
  return (formats[spec.kind] as unknown as () => Promise<Format<S>>)();
}

function fieldOf(fields: readonly Field[], name: string): Field {
  const field = fields.find((candidate) => candidate.name === name);
  if (!field) throw new Error(`Cannot write field "${name}": expected one of ${fields.map((f) => f.name).join(", ")}`);
  return field;
}
