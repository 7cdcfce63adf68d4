import { createCore } from "../core/instance.ts";
import { InputError } from "../data/errors.ts";
import { MANIFEST_NAME, METADATA_NAME, type FileRecord, type Manifest } from "../data/manifest.ts";
import type { FileSpec, Pass } from "../data/plan.ts";
import { VERSION } from "../data/version.ts";
import { openRawEncoder, openStoredRows } from "../formats/table.ts";
import { fieldsTaken, partName, plannedFiles } from "../pipeline/files.ts";
import { claimName, hashRecipe, isOfThisMajor, placeOf, readManifest } from "../pipeline/manifest.ts";
import { listFolder, openFile, readBytes, sha256OfFile, type OpenFile } from "../runtime/files.ts";
import { pause } from "../runtime/pause.ts";
import { fieldsOf, openSource } from "../sources/table.ts";
import { MAX_PICTURE_BYTES } from "./readers.ts";
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

/** How to make again what a manifest in a folder describes. Throws `InputError` where its recipe is not valid. */
export type PlanOf = (manifest: Manifest, folder: string, onSearched: () => Promise<void>) => Promise<readonly Pass[]>;

/**
 * Checks a dataset against its manifest and its recipe: every file is hashed again, and blocks of rows are made again
 * and compared bit for bit. `place` is a folder, a manifest, or a file with its manifest beside it. Throws `InputError` where
 * there is no manifest or one that cannot be understood.
 */
export async function verifyDataset(place: string, planOf: PlanOf, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { folder, manifestName: named } = placeOf(place);
  const manifest = readManifest(folder, named);
  if (!manifest) throw new InputError(`${folder} holds no ${named ?? MANIFEST_NAME}: not a finished dataset`);
  if (!isOfThisMajor(manifest)) {
    const { name, version } = manifest.generator;
    throw new InputError(`${folder} was made by ${name} ${version}, whose rows version ${VERSION} cannot make again`);
  }
  const isOwnRecipe = hashRecipe(manifest.recipe) === manifest.recipe_sha256;
  const passes = await planOf(manifest, folder, async () => {
    if (!isOwnRecipe) throw new InputError(`${folder}: the recipe or its hash was changed, no search is made for it`);
    await pause();
    options.signal?.throwIfAborted();
  });
  const specs = plannedFiles(passes);
  const manifestName = named ?? (manifest.recipe.kind === "images" ? METADATA_NAME : MANIFEST_NAME);
  const faults: string[] = [];
  if (!isOwnRecipe) faults.push(`${manifestName}: the recipe was changed`);
  const isOurs = (name: string) =>
    named === undefined || name === claimName(named) || specs.some((file) => name === partName(file.name));
  for (const name of listFolder(folder))
    if (name.endsWith(".part") && isOurs(name)) faults.push(`${name}: left by an unfinished run`);

  for (const [at, { path: name }] of manifest.files.entries()) {
    if (manifest.files.findIndex((other) => other.path === name) < at) faults.push(`${name}: listed twice`);
    if (!specs.some((file) => file.name === name)) faults.push(`${name}: the recipe makes no such file`);
  }

  const total = manifest.files.reduce((sum, record) => sum + record.bytes, 0);
  let hashed = 0;
  let filesHashed = 0;
  const counts: RowCount[] = [];
  for (const spec of specs) {
    const parts = spec.parts.map(({ pass }) => pass);
    const count = countOf(counts, parts[0]!);
    const record = manifest.files.find((candidate) => candidate.path === spec.name);
    if (!record) {
      faults.push(`${spec.name}: the manifest does not list it`);
      continue;
    }
    if (record.rows !== rowsOf(parts[0]!) || record.format !== spec.format.kind) {
      faults.push(`${manifestName}: rows or format of ${spec.name} are not those of the recipe`);
    }
    const inFolder = spec.format.kind === "imagefolder"; // every file of it is made again, which hashing would not add to
    if (record.sha256 !== null && !inFolder) filesHashed++;
    const found = await verifyFile(`${folder}/${spec.name}`, record, parts, {
      ...options,
      rangesOf: (pass) =>
        options.full || inFolder
          ? splitRows(pass.rowStart, pass.rowEnd, pass.blockRows)
          : sampleBlocks(pass, manifest.recipe_sha256),
      onProgress: (bytes) => options.onProgress?.((hashed += bytes), total),
    });
    count.compared = Math.max(count.compared, found.rows);
    faults.push(...found.faults.map((fault) => `${spec.name}: ${fault}`));
  }
  return {
    folder: place,
    faults,
    filesHashed,
    rowsCompared: counts.reduce((sum, count) => sum + count.compared, 0),
    rows: counts.reduce((sum, count) => sum + count.rows, 0),
  };
}

/** Rows that several files may hold; told apart by where they come from. */
interface RowCount {
  readonly pass: Pass;
  readonly rows: number;
  /** Found as they should be, in the file where most were. */
  compared: number;
}

function countOf(counts: RowCount[], pass: Pass): RowCount {
  const isSame = (other: Pass) => other.sources[0] === pass.sources[0] && other.rowStart === pass.rowStart;
  const known = counts.find((count) => isSame(count.pass));
  if (known) return known;
  counts.push({ pass, rows: rowsOf(pass), compared: 0 });
  return counts.at(-1)!;
}

function rowsOf({ rowStart, rowEnd }: Pass): number {
  return rowEnd - rowStart;
}

interface FileOptions {
  readonly rangesOf: (pass: Pass) => Iterable<RowRange>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (bytes: number) => void;
}

/** The faults of one file of these passes, and how many of its rows were found as they should be. */
async function verifyFile(
  path: string,
  record: FileRecord,
  passes: readonly Pass[],
  options: FileOptions,
): Promise<{ rows: number; faults: string[] }> {
  const faults: string[] = [];
  let rows = Infinity;
  let file: OpenFile | undefined;
  const inFolder = record.format === "imagefolder";
  try {
    file = await openFile(inFolder ? `${path}/metadata.jsonl` : path);
    const wrongBytes = inFolder ? undefined : await compareBytes(file, record, options);
    if (wrongBytes) faults.push(wrongBytes);
    for (const pass of passes) {
      const spec = pass.files.find(({ name }) => name === record.path)!;
      const open = (name: string) => readBytes(`${path}/${name}`, MAX_PICTURE_BYTES);
      const compared = await compareRows(file, open, spec, pass, options);
      if (compared.fault) faults.push(compared.fault);
      rows = Math.min(rows, compared.rows);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(error.message);
    rows = 0;
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
  open: (name: string) => Promise<Uint8Array>,
  spec: FileSpec,
  pass: Pass,
  { rangesOf, signal }: FileOptions,
): Promise<{ rows: number; fault?: string }> {
  const expected = rowsOf(pass);
  const stored = await openStoredRows(spec.format, { fields: fieldsOf(pass.sources), pass }, file, open);
  if (stored.rows !== expected) return { rows: 0, fault: `${stored.rows} rows, expected ${expected}` };
  const core = createCore();
  const maxRows = Math.min(pass.blockRows, expected);
  const taken = fieldsTaken({ sources: pass.sources, files: [spec] }).map(({ name }) => name);
  const source = openSource(core, pass.sources, maxRows, taken);
  const encoder = await openRawEncoder(spec.format, { core, fields: source.fields, pass, maxRows });
  let rows = 0;
  for (const range of rangesOf(pass)) {
    signal?.throwIfAborted();
    const found = await stored.read(range.start - pass.rowStart, range.rows);
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
