import { InputError } from "../data/errors.ts";
import { isThere, publishFile, removeFile } from "../runtime/files.ts";
import { openJournal, readJournal } from "../runtime/journal.ts";
import { checkLimit, type ArticleSink } from "./articlerun.ts";
import { openCheckpoint, type RunIdentity } from "./checkpoint.ts";
import { createPageSet, type PageSet } from "./pageset.ts";

/** A file of memories, one a line, in the order of the dump. */
export interface ArticleFile extends ArticleSink {
  /** Gives the file its name; unless it is complete, a run that resumes goes on with it. */
  publish(isComplete: boolean): void;
}

/** Stands beside a file that a run may go on with. */
export function checkpointBeside(path: string): string {
  return `${path}.checkpoint.jsonl`;
}

/** The name of the file until it is complete. */
export function partOf(path: string): string {
  return `${path}.part`;
}

const ID_AT_END = /"id":"wikipedia-(\d+)"\}$/;

/**
 * Opens the file under its `.part` name; with `resume` after the articles that an earlier run wrote there, of which there may
 * be `limit`. Throws `InputError` where something is in the way, and leaves it as it is.
 */
export async function openArticleFile(
  path: string,
  identity: RunIdentity,
  resume: boolean,
  limit = Infinity,
): Promise<ArticleFile> {
  const partPath = partOf(path);
  const checkpointPath = checkpointBeside(path);
  const isPublished = isThere(path);
  if (isPublished && isThere(partPath)) {
    throw new InputError(`${path} and ${partPath} are both there: remove the one that is not to be gone on with`);
  }
  const stray = `${partPath} is there without its checkpoint ${checkpointPath}: remove it to begin anew`;
  if (isThere(partPath) && !isThere(checkpointPath)) throw new InputError(stray);
  const checkpoint = await openCheckpoint(checkpointPath, { identity, resume });
  const known = createPageSet();
  try {
    if (checkpoint.isResumed) await readIds(isPublished ? path : partPath, known);
    else if (isPublished) throw new InputError(`${path} exists: give another name, or remove it`);
    else if (isThere(partPath)) throw new InputError(stray);
    checkLimit(isPublished ? path : partPath, known.size, limit);
  } catch (error) {
    if (checkpoint.isResumed) checkpoint.close();
    else checkpoint.remove();
    throw error;
  }
  if (isPublished) publishFile(path, partPath);
  const journal = openJournal(partPath);
  let written = 0;
  return {
    has: (pageId) => known.has(pageId),
    async write(memories) {
      journal.append(memories.map(({ json }) => json));
      journal.sync();
      written += memories.length;
    },
    flush: async () => ({ written, failed: [] }),
    count: () => known.size + written,
    publish(isComplete) {
      journal.close();
      publishFile(partPath, path);
      if (isComplete) checkpoint.remove();
    },
    async close() {
      journal.close();
      if (known.size + written > 0) return checkpoint.close();
      removeFile(partPath);
      checkpoint.remove();
    },
  };
}

async function readIds(partPath: string, ids: PageSet): Promise<void> {
  await readJournal(partPath, (line, number) => {
    const id = ID_AT_END.exec(line)?.[1];
    if (id === undefined)
      throw new InputError(`Line ${number} of ${partPath} is damaged: remove the file and its checkpoint`);
    ids.add(Number(id));
  });
}
