import { InputError } from "../../data/errors.ts";
import type { ByteSource } from "../../data/format.ts";
import { MANIFEST_NAME } from "../../data/manifest.ts";
import type { RecordInput } from "../../data/records.ts";
import { openRecordLines } from "../../formats/recordlines.ts";
import { openRecordPairs } from "../../formats/recordpairs.ts";
import { openVectorFile } from "../../formats/vectorfile.ts";
import { createRunningHash, fileLength, isThere, listFolder, pathFrom, splitPath } from "../../runtime/files.ts";
import { openInTurn, type FilesInTurn } from "../../runtime/inturn.ts";
import { manifestNameFor, readManifest } from "../manifest.ts";
import { shardsIn } from "../shardfolder.ts";
import { inFile } from "../shardvectors.ts";

/** An input with what is known of it before it is read. */
export interface OpenInput extends RecordInput {
  /** The file or folder, as it was given, without a slash at its end. */
  readonly path: string;
  readonly files: readonly string[];
  readonly byteLength: number;
  /** How many rows it has; undefined where only reading to the end tells. */
  readonly rows: number | undefined;
  close(): Promise<void>;
}

/** Without slashes at its end, and with a name in place of dots: what goes beside it is named after it. */
function namedPath(given: string): string {
  const path = given.replace(/(?<=[^/\\])[/\\]+$/, "");
  return /(?:^|[/\\])\.\.?$/.test(path) ? `${path}/../${pathFrom(`${path}/..`, path)}` : path;
}

interface Files {
  /** Several where they are shards of embeddings. */
  readonly vectors: readonly string[];
  readonly metadata: string | undefined;
}

/**
 * Opens what is to be loaded: a folder as `vectors` writes it, shards of `embed`, a file of memories as JSONL or Parquet, or any
 * file of vectors with its metadata beside it. Throws `InputError` where it cannot be read, or vectors and metadata are not of equal length.
 */
export async function openInput(given: string, metadata?: string | undefined): Promise<OpenInput> {
  const path = namedPath(given);
  const found = filesOf(path);
  const files = { ...found, metadata: metadata ?? found.metadata };
  const names: string[] = [];
  const opened: FilesInTurn[] = [];
  const open = async (...paths: readonly string[]): Promise<readonly ByteSource[]> => {
    const some = await openInTurn(paths);
    opened.push(some);
    names.push(...paths);
    return some.sources;
  };
  const close = async () => {
    for (const { close: closeSome } of opened) await closeSome();
  };
  try {
    const { input, rows } = await openFiles(files, metadata !== undefined, open);
    return {
      ...input,
      path,
      files: names,
      byteLength: opened.reduce((sum, some) => sum + some.byteLength, 0),
      rows,
      close,
    };
  } catch (error) {
    await close();
    const isNamed = (name: string | undefined) => name !== undefined && (error as Error).message.includes(name);
    throw isNamed(files.metadata) ? error : inFile(path, error);
  }
}

async function openFiles(
  { vectors, metadata }: Files,
  isAsked: boolean, // whether the metadata were asked for, or only lie there
  open: (...paths: readonly string[]) => Promise<readonly ByteSource[]>,
): Promise<{ input: RecordInput; rows: number | undefined }> {
  const first = vectors[0]!;
  const sources = await open(...vectors);
  const source = sources[0]!;
  const kind = sources.length > 1 ? "shard" : isAsked ? undefined : await kindOfTable(first, source);
  if (kind === "memories") {
    const { openRecordMemories } = await import("../../formats/recordmemories.ts");
    return openRecordMemories(source, createRunningHash);
  }
  if (kind === "shard") {
    const { openRecordShards } = await import("../../formats/recordshards.ts");
    return openRecordShards(sources, createRunningHash);
  }
  if (/\.jsonl$/i.test(first)) {
    if (metadata !== undefined)
      throw new InputError(`Metadata "${metadata}" are not allowed beside JSON lines: they have their own`);
    if (source.byteLength === 0) throw new InputError("It is empty: expected at least one vector");
    return { input: await openRecordLines(source, createRunningHash), rows: rowsNoted(first, source.byteLength) };
  }
  const file = await openVectorFile(first, source);
  const lines = metadata === undefined ? undefined : (await open(metadata))[0];
  return { input: await openRecordPairs(file, lines, createRunningHash), rows: file.rows };
}

/** Which tables a Parquet file is one of that have more than vectors. */
async function kindOfTable(name: string, source: ByteSource): Promise<"shard" | "memories" | undefined> {
  if (!/\.parquet$/i.test(name) || source.byteLength === 0) return undefined;
  const [{ isShard }, { isMemoryTable }] = await Promise.all([
    import("../../formats/embeddingshard.ts"),
    import("../../formats/memorytable.ts"),
  ]);
  if (await isShard(source)) return "shard";
  return (await isMemoryTable(source)) ? "memories" : undefined;
}

/** How many rows a file has, by the manifest beside it. */
function rowsNoted(path: string, byteLength: number): number | undefined {
  const { folder, name } = splitPath(path);
  const manifest = readManifest(folder, manifestNameFor(name));
  const file = manifest?.files.find((record) => record.path === name);
  return file?.bytes === byteLength ? file.rows : undefined;
}

const FOLDER_FILES = ["npy", "npz", "fvecs", "bvecs", "fbin", "parquet"].map((ending) => `vectors.${ending}`);
const METADATA = "metadata.jsonl";

function filesOf(path: string): Files {
  if (fileLength(path) !== undefined) return { vectors: [path], metadata: metadataBeside(path) };
  if (!isThere(path)) throw new InputError(`Cannot read ${path}: no such file or folder`);
  const names = listFolder(path);
  if (names.some((name) => name.endsWith(".part")) && !names.includes(MANIFEST_NAME))
    throw new InputError(`${path} is unfinished: it has .part files and no ${MANIFEST_NAME}`);
  const shards = shardsIn(path);
  if (shards.length > 0) return { vectors: shards, metadata: undefined };
  const vectors = FOLDER_FILES.filter((name) => names.includes(name));
  if (vectors.length !== 1) {
    const found = vectors.length === 0 ? "no vectors" : vectors.join(" and ");
    throw new InputError(
      `${path} has ${found}: expected one of ${FOLDER_FILES.join(", ")}, shards of embeddings, or give a file`,
    );
  }
  return { vectors: [`${path}/${vectors[0]}`], metadata: names.includes(METADATA) ? `${path}/${METADATA}` : undefined };
}

/** What says more of the rows of a file: `<stem>.metadata.jsonl`, or `metadata.jsonl` beside `vectors.*`. */
function metadataBeside(path: string): string | undefined {
  const { folder, name } = splitPath(path);
  if (/\.jsonl$/i.test(name)) return undefined;
  const stem = name.replace(/\.[^.]+$/, "");
  const candidates = [`${stem}.${METADATA}`, ...(stem === "vectors" ? [METADATA] : [])];
  const found = candidates.find((candidate) => isThere(`${folder}/${candidate}`));
  return found === undefined ? undefined : `${folder}/${found}`;
}
