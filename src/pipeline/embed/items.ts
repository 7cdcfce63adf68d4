import type { ChunkPolicy } from "../../embed/chunks.ts";
import { chunkText } from "../../embed/chunks.ts";
import type { Tokenizer } from "../../embed/tokens.ts";
import { createRunningHash } from "../../runtime/files.ts";
import type { SelectedDocument } from "./sample.ts";

/** A text to embed, which becomes a row of a shard. */
export interface Item {
  /** From 0, in the order of the sample. */
  readonly index: number;
  readonly shard: number;
  readonly id: string;
  /** One of several of its document. */
  readonly isChunk: boolean;
  readonly text: string;
  readonly metadata: string;
  /** As the model counts them; 0 where nobody counts. */
  readonly tokens: number;
}

/** How documents become texts. */
export interface ItemOptions {
  readonly textField: string;
  readonly idField: string;
  /** Undefined: texts are not cut. */
  readonly chunks: ChunkPolicy | undefined;
  /** Undefined: tokens are not counted, nor texts cut. */
  readonly tokenizer: Tokenizer | undefined;
  readonly rowsPerShard: number;
  /** What the files were, where that is known: rows tell it. */
  readonly revision?: string | null | undefined;
}

/** Of the items of a shard, see `unitsOf`: they are in memory until it is written. */
const MAX_SHARD_UNITS = 1 << 25;
const ITEM_UNITS = 128;

/** What an item takes of memory, in UTF-16 units: that of its texts, and about as much as all else takes. */
export function unitsOf({ id, text, metadata }: Pick<Item, "id" | "text" | "metadata">): number {
  return id.length + text.length + metadata.length + ITEM_UNITS;
}

/** The texts of a sample in their order, with the shards that they go into: the same at every reading. */
export async function* itemsOf(
  documents: AsyncIterable<SelectedDocument>,
  { textField, idField, chunks, tokenizer, rowsPerShard, revision = null }: ItemOptions,
): AsyncGenerator<Item> {
  const shards = shardNumbers(rowsPerShard);
  const policy = JSON.stringify(policyOf(chunks, tokenizer));
  const textName = JSON.stringify(textField);
  const version = revision === null ? "" : `"revision":${JSON.stringify(revision)},`;
  let index = 0;
  for await (const { row, id, text, fields } of documents) {
    const { [textField]: _text, [idField]: _id, ...others } = fields;
    const more = JSON.stringify(others);
    const about = `{${version}"row":${row},"text_field":${textName}${more === "{}" ? "" : `,"fields":${more}`}`;
    for (const chunk of chunksOf(text, chunks, tokenizer)) {
      const place = `{"index":${chunk.index},"count":${chunk.count},"start":${chunk.start},"end":${chunk.end}}`;
      const item = {
        ...(chunk.count === 1 ? { id, isChunk: false } : { id: `${id}#${chunk.index}`, isChunk: true }),
        text: chunk.text,
        metadata: `${about},"chunk":${place},"chunking":${policy}}`,
        tokens: chunk.tokens,
      };
      yield { index: index++, shard: shards(unitsOf(item)), ...item };
    }
  }
}

/** SHA-256 of the ids and texts of items, each followed by a newline. */
export function createItemsHash(): { add(item: Pick<Item, "id" | "text">): void; digest(): string } {
  const hash = createRunningHash();
  const utf8 = new TextEncoder();
  return { add: ({ id, text }) => hash.update(utf8.encode(`${id}\n${text}\n`)), digest: hash.digest };
}

/** How texts are cut, as rows and the manifest say it. */
export function policyOf(chunks: ChunkPolicy | undefined, tokenizer: Tokenizer | undefined) {
  return {
    unit: chunks ? ("tokens" as const) : ("none" as const),
    tokenizer: chunks ? tokenizer!.name : null,
    chunk_tokens: chunks?.maxTokens ?? null,
    chunk_overlap: chunks?.overlap ?? null,
  };
}

function chunksOf(text: string, chunks: ChunkPolicy | undefined, tokenizer: Tokenizer | undefined) {
  if (chunks) return chunkText(text, chunks, tokenizer!);
  return [{ text, index: 0, count: 1, start: 0, end: text.length, tokens: tokenizer?.countTokens(text) ?? 0 }];
}

/** Numbers the shards of items that come in order, by what they take. */
function shardNumbers(rowsPerShard: number): (units: number) => number {
  let [shard, rows, sum] = [0, 0, 0];
  return (units) => {
    if (rows === rowsPerShard || (rows > 0 && sum + units > MAX_SHARD_UNITS)) {
      shard++;
      [rows, sum] = [0, 0];
    }
    rows++;
    sum += units;
    return shard;
  };
}
