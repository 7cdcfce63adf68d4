import { InputError } from "../../data/errors.ts";
import { shown } from "../../data/fields.ts";
import { createIdSet } from "../../data/idset.ts";
import type { Item } from "./items.ts";

type Named = Pick<Item, "id" | "isChunk">;

/** Looks for a chunk `a#1` that has the id of another document, in one reading of all items or two. */
export interface ChunkIds {
  /** Takes each item of the first reading. */
  note(item: Named): void;
  /** Whether a second one is needed. */
  readonly areInDoubt: boolean;
  /** Takes each item of the second reading. Throws `InputError` where a chunk has the id of a document. */
  check(item: Named): void;
}

const LIKE_CHUNK = /#(?:0|[1-9]\d*)$/; // no other id can be that of a chunk
const SHOWN = 80;

/** Takes memory for documents in one piece whose ids end like those of chunks: 16 to 32 bytes each. */
export function createChunkIds(): ChunkIds {
  const whole = createIdSet();
  let hasChunks = false;
  return {
    note({ id, isChunk }) {
      if (isChunk) hasChunks = true;
      else if (LIKE_CHUNK.test(id)) whole.add(id);
    },
    get areInDoubt() {
      return hasChunks && whole.size > 0;
    },
    check({ id, isChunk }) {
      if (!isChunk || !whole.has(id)) return;
      throw new InputError(
        `Id "${shown(id, SHOWN)}" is that of a document and of a chunk of "${shown(id.replace(LIKE_CHUNK, ""), SHOWN)}": ` +
          "give another --id-field; where no row has it, rows are named by their numbers",
      );
    },
  };
}
