import type { BadDocument, Document } from "../../data/documents.ts";
import type { EmbeddingIdentity, SplitRecord } from "../../data/embeddings.ts";
import { InputError } from "../../data/errors.ts";
import { checkChunkPolicy, type ChunkPolicy } from "../../embed/chunks.ts";
import { NO_PREPROCESSING, type Preprocessing } from "../../embed/preprocess.ts";
import type { EmbeddingProvider } from "../../embed/provider.ts";
import { loadTokenizer, type Tokenizer } from "../../embed/tokens.ts";
import { createChunkIds } from "./chunkids.ts";
import { openDocuments, type Documents } from "./documents.ts";
import { itemsOf, policyOf, type Item } from "./items.ts";
import { preprocessedDocuments } from "./preprocessed.ts";
import { writeProcessed } from "./processedtexts.ts";
import type { RawDataset } from "./rawdataset.ts";
import { sampleDocuments, selectedDocuments, type Sample } from "./sample.ts";

export interface EmbedAsked {
  readonly raw: RawDataset;
  readonly textField: string;
  readonly idField: string;
  readonly seed: string | number;
  readonly n?: number | undefined;
  readonly p?: number | undefined;
  readonly stratify?: string | undefined;
  /** Undefined: no text is cut, unless the provider takes no longer ones. */
  readonly chunkTokens?: number | undefined;
  readonly chunkOverlap: number;
  readonly rowsPerShard: number;
  /** Undefined: texts are taken as they are. */
  readonly preprocessing?: Preprocessing | undefined;
  /** Where all preprocessed rows are kept; undefined: nowhere. */
  readonly processedFolder?: string | undefined;
}

/** What a run will do, known before anything is sent or, but for preprocessed texts, written. */
export interface EmbedPlan {
  readonly asked: EmbedAsked;
  readonly documents: Documents;
  readonly sample: Sample;
  /** The first rows that cannot be read. */
  readonly unreadable: readonly BadDocument[];
  readonly chunks: number;
  /** Of all texts; undefined where nobody counts. */
  readonly tokens: number | undefined;
  readonly split: Omit<SplitRecord, "chunks" | "complete">;
  items(): AsyncGenerator<Item>;
}

const MAX_NAMED = 5;
const MAX_VECTOR_BYTES = 2 ** 31 - 2 ** 27; // of a shard, which with its texts has at most 2 GiB

/**
 * Draws the sample and counts its texts and tokens; preprocessed texts are kept meanwhile. Reads the files up to three times, or
 * four where chunks might have the ids of documents. `check` is told the identity, at first without the hash of the sample, and
 * then whole. Throws `InputError` for what is not allowed.
 */
export async function planEmbedding(
  asked: EmbedAsked,
  provider: EmbeddingProvider,
  signal: AbortSignal,
  onBytes: (count: number) => void,
  check?: (identity: EmbeddingIdentity) => void,
): Promise<EmbedPlan> {
  const { raw, textField, idField, seed, n, p, stratify, rowsPerShard } = asked;
  const mostRows = Math.floor(MAX_VECTOR_BYTES / (4 * provider.dim));
  if (rowsPerShard > mostRows)
    throw new InputError(
      `Shards of ${rowsPerShard} rows of ${provider.dim} values are not allowed: at most ${mostRows}`,
    );
  const chunks = chunkPolicyOf(asked, provider);
  const tokenizer = chunks || provider.host !== undefined ? await loadTokenizer() : undefined;
  const identity = identityOf(asked, provider, chunks, tokenizer);
  check?.(identity);
  const documents = openTexts(asked, signal, onBytes);
  const { dataset, split } = raw;
  const unreadable: BadDocument[] = [];
  const spec = { dataset, split, seed, n, p, stratify, textField, idField };
  const draw = async (keep?: (found: readonly Document[]) => Promise<void>): Promise<Sample> => {
    const drawn = await sampleDocuments(documents, spec, async ({ documents: found, bad }) => {
      unreadable.push(...bad.slice(0, MAX_NAMED - unreadable.length));
      await keep?.(found);
    });
    check?.({ ...identity, selected_hash: drawn.selectedHash }); // before processed texts replace others
    return drawn;
  };
  const { processedFolder: folder } = asked;
  const of = { raw, preprocessing: preprocessingOf(asked), textField, idField, input: documents.files };
  const sample = await (folder === undefined ? draw() : writeProcessed(folder, of, draw));
  const items = (): AsyncGenerator<Item> =>
    itemsOf(selectedDocuments(documents, sample, { textField, idField }), {
      ...{ textField, idField, chunks, tokenizer, rowsPerShard, revision: raw.revision },
    });
  let [count, tokens] = [sample.size, 0];
  if (tokenizer) {
    count = 0;
    const ids = createChunkIds();
    for await (const item of items()) {
      count++;
      tokens += item.tokens;
      ids.note(item);
    }
    if (ids.areInDoubt) for await (const item of items()) ids.check(item);
  }
  return {
    ...{ asked, documents, sample, unreadable, items, chunks: count, tokens: tokenizer && tokens },
    split: splitRecord(asked, identity, sample, policyOf(chunks, tokenizer)),
  };
}

function chunkPolicyOf(
  { chunkTokens, chunkOverlap }: EmbedAsked,
  provider: EmbeddingProvider,
): ChunkPolicy | undefined {
  const { name, maxTextTokens } = provider;
  const maxTokens = chunkTokens ?? maxTextTokens;
  if (maxTokens === undefined) {
    if (chunkOverlap > 0)
      throw new InputError(`An overlap of ${chunkOverlap} tokens is not allowed: give --chunk-tokens`);
    return undefined;
  }
  if (maxTokens > (maxTextTokens ?? Infinity))
    throw new InputError(`Chunks of ${maxTokens} tokens are not allowed: ${name} takes up to ${maxTextTokens}`);
  const policy = { maxTokens, overlap: chunkOverlap };
  checkChunkPolicy(policy);
  return policy;
}

/** As they are to be embedded. */
function openTexts(
  { raw, textField, idField, preprocessing }: EmbedAsked,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Documents {
  if (preprocessing && idField === textField)
    throw new InputError(`Field "${textField}" cannot be preprocessed: it is the id field`);
  const documents = telling(openDocuments(raw.files, signal), onBytes);
  return preprocessing ? preprocessedDocuments(documents, textField, preprocessing) : documents;
}

function telling(documents: Documents, onBytes: (count: number) => void): Documents {
  return {
    ...documents,
    async *read(options) {
      for await (const piece of documents.read(options)) {
        onBytes(piece.bytes);
        yield piece;
      }
    },
  };
}

/** As manifests say it. */
export function preprocessingOf({ preprocessing }: Pick<EmbedAsked, "preprocessing">): string {
  return preprocessing?.name ?? NO_PREPROCESSING;
}

/** All that must not change but the sample itself. */
function identityOf(
  asked: EmbedAsked,
  provider: EmbeddingProvider,
  chunks: ChunkPolicy | undefined,
  tokenizer: Tokenizer | undefined,
): EmbeddingIdentity {
  const { raw, seed, n = null, p = null, stratify = null } = asked;
  return {
    ...{ model: provider.name, dimensions: provider.dim, host: provider.host ?? null },
    ...{ dataset: raw.dataset, split: raw.split, source: raw.source, revision: raw.revision },
    ...{ text_field: asked.textField, id_field: asked.idField, seed, n, p, stratify },
    ...{ ...policyOf(chunks, tokenizer), preprocessing: preprocessingOf(asked), rows_per_shard: asked.rowsPerShard },
  };
}

function splitRecord(
  asked: EmbedAsked,
  others: EmbeddingIdentity,
  sample: Sample,
  chunking: SplitRecord["chunking"],
): EmbedPlan["split"] {
  const { raw, seed, n = null, p = null, stratify = null } = asked;
  const sampling = { seed, n, p, stratify, selected_hash: sample.selectedHash };
  const identity = { ...others, selected_hash: sample.selectedHash };
  const skipped = Object.entries(sample.skipped).filter(([, count]) => count > 0);
  return {
    ...{ split: raw.split, source: raw.source, revision: raw.revision, identity },
    ...{ rows_read: sample.rowsTotal, rows_sampled: sample.size, rows_skipped: Object.fromEntries(skipped) },
    ...{ sampling, chunking, preprocessing: preprocessingOf(asked) },
  };
}
