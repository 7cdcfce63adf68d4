import { createCore } from "../core/instance.ts";
import { InputError } from "../data/errors.ts";
import { MANIFEST_NAME, type FileRecord, type Manifest } from "../data/manifest.ts";
import type { FileSpec, Pass } from "../data/plan.ts";
import type { Source } from "../data/rows.ts";
import { VERSION } from "../data/version.ts";
import { openRawEncoder, openStoredRows, type EncoderContext } from "../formats/table.ts";
import { hashRecipe, isOfThisMajor, readManifest } from "../pipeline/manifest.ts";
import { listFolder, openFile, sha256OfFile, type OpenFile } from "../runtime/files.ts";
import { openSource } from "../sources/table.ts";
import { sampleBlocks, splitRows, type RowRange } from "./sample.ts";

export interface VerifyOptions {
  /** Regenerate every row instead of sampled blocks. Default false. */
  readonly full?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of how many were hashed. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface VerifyReport {
  readonly folder: string;
  /** One line each; empty when everything agrees. */
  readonly faults: readonly string[];
  readonly filesHashed: number;
  readonly rowsCompared: number;
  readonly rows: number;
}

/**
 * Checks a dataset against its manifest and its recipe: every file is hashed again, and blocks of rows are made again
 * and compared bit for bit. Throws `InputError` where the folder holds no manifest or one that cannot be understood.
 */
export async function verifyDataset(
  folder: string,
  planOf: (recipe: Manifest["recipe"]) => Pass,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const manifest = readManifest(folder);
  if (!manifest) throw new InputError(`${folder} holds no ${MANIFEST_NAME}: not a finished dataset`);
  if (!isOfThisMajor(manifest)) {
    const { name, version } = manifest.generator;
    throw new InputError(`${folder} was made by ${name} ${version}, whose rows version ${VERSION} cannot make again`);
  }
  const pass = planOf(manifest.recipe);
  const faults: string[] = [];
  if (hashRecipe(manifest.recipe) !== manifest.recipe_sha256) faults.push(`${MANIFEST_NAME}: the recipe was changed`);
  for (const name of listFolder(folder)) if (name.endsWith(".part")) faults.push(`${name}: left by an unfinished run`);

  for (const [at, { path }] of manifest.files.entries()) {
    if (manifest.files.findIndex((other) => other.path === path) < at) faults.push(`${path}: listed twice`);
    if (!pass.files.some((file) => file.name === path)) faults.push(`${path}: the recipe makes no such file`);
  }

  const core = createCore();
  const maxRows = Math.min(pass.blockRows, pass.rowEnd - pass.rowStart);
  const source = openSource(core, pass.sources, maxRows);
  const remake: Remake = {
    source,
    context: { core, fields: source.fields, pass, maxRows },
    ranges: () =>
      options.full ? splitRows(pass.rowStart, pass.rowEnd, pass.blockRows) : sampleBlocks(pass, manifest.recipe_sha256),
  };
  const total = manifest.files.reduce((sum, record) => sum + record.bytes, 0);
  let hashed = 0;
  let filesHashed = 0;
  let rowsCompared = 0;
  for (const spec of pass.files) {
    const record = manifest.files.find((candidate) => candidate.path === spec.name);
    if (!record) {
      faults.push(`${spec.name}: the manifest does not list it`);
      continue;
    }
    if (record.rows !== pass.rowEnd - pass.rowStart || record.format !== spec.format.kind) {
      faults.push(`${MANIFEST_NAME}: rows or format of ${spec.name} are not those of the recipe`);
    }
    if (record.sha256 !== null) filesHashed++;
    const found = await verifyFile(`${folder}/${spec.name}`, spec, record, remake, {
      ...options,
      onProgress: (count) => options.onProgress?.((hashed += count), total),
    });
    rowsCompared = Math.max(rowsCompared, found.rows);
    faults.push(...found.faults.map((fault) => `${spec.name}: ${fault}`));
  }
  return { folder, faults, filesHashed, rowsCompared, rows: pass.rowEnd - pass.rowStart };
}

/** What rows are made again with. */
interface Remake {
  readonly source: Source;
  readonly ranges: () => Iterable<RowRange>;
  readonly context: EncoderContext;
}

interface FileOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (bytes: number) => void;
}

/** The faults of one file, and how many of its rows were found as they should be. */
async function verifyFile(
  path: string,
  spec: FileSpec,
  record: FileRecord,
  remake: Remake,
  options: FileOptions,
): Promise<{ rows: number; faults: string[] }> {
  const faults: string[] = [];
  let rows = 0;
  let file: OpenFile | undefined;
  try {
    file = await openFile(path);
    const wrongBytes = await compareBytes(file, record, options);
    if (wrongBytes) faults.push(wrongBytes);
    const compared = await compareRows(file, spec, remake, options.signal);
    if (compared.fault) faults.push(compared.fault);
    rows = compared.rows;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(error.message);
  } finally {
    await file?.close();
  }
  return { rows, faults };
}

async function compareBytes(
  file: OpenFile,
  record: FileRecord,
  { signal, onProgress }: FileOptions,
): Promise<string | undefined> {
  if (file.byteLength !== record.bytes) return `${file.byteLength} bytes, expected ${record.bytes}`;
  if (record.sha256 === null) return undefined;
  const sha256 = await sha256OfFile(file, (count) => {
    signal?.throwIfAborted();
    onProgress(count);
  });
  return sha256 === record.sha256 ? undefined : `SHA-256 ${sha256}, expected ${record.sha256}`;
}

async function compareRows(
  file: OpenFile,
  spec: FileSpec,
  { source, ranges, context }: Remake,
  signal: AbortSignal | undefined,
): Promise<{ rows: number; fault?: string }> {
  const { rowStart, rowEnd } = context.pass;
  const stored = await openStoredRows(spec.format, context, file);
  if (stored.rows !== rowEnd - rowStart)
    return { rows: 0, fault: `${stored.rows} rows, expected ${rowEnd - rowStart}` };
  const encoder = await openRawEncoder(spec.format, context);
  let rows = 0;
  for (const range of ranges()) {
    signal?.throwIfAborted();
    const found = await stored.read(range.start - rowStart, range.rows);
    const { bytes } = encoder.encode(source.read(range.start, range.rows));
    if (!equalBytes(found, bytes)) {
      return { rows, fault: `rows ${range.start} to ${range.start + range.rows} are not those of the recipe` };
    }
    rows += range.rows;
  }
  return { rows };
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
