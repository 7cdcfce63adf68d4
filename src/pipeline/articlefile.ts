import { InputError } from "../data/errors.ts";
import { isThere, publishFile, removeFile } from "../runtime/files.ts";
import { openJournal, readJournal } from "../runtime/journal.ts";
import type { ArticleSink } from "./articlerun.ts";
import { openCheckpoint, type RunIdentity } from "./checkpoint.ts";

/** A file of memories, one a line, in the order of the dump. */
export interface ArticleFile extends ArticleSink {
  /** Gives the file its name; unless it is complete, a run that resumes goes on with it. */
  publish(isComplete: boolean): void;
}

/** Stands beside a file that a run may go on with. */
export function checkpointOf(path: string): string {
  return `${path}.checkpoint.jsonl`;
}

/** The name of the file until it is complete. */
export function partOf(path: string): string {
  return `${path}.part`;
}

const ID_AT_END = /"id":"wikipedia-(\d+)"\}$/;

/** Opens the file under its `.part` name; with `resume` after the articles that an earlier run wrote there. */
export async function openArticleFile(path: string, identity: RunIdentity, resume: boolean): Promise<ArticleFile> {
  const partPath = partOf(path);
  const checkpointPath = checkpointOf(path);
  const isPublished = isThere(path);
  if (isPublished && isThere(partPath)) {
    throw new InputError(`${path} and ${partPath} are both there: remove the one that is not to be gone on with`);
  }
  if (resume && isThere(partPath) && !isThere(checkpointPath)) {
    throw new InputError(`${partPath} is there without its checkpoint ${checkpointPath}: remove it to begin anew`);
  }
  const checkpoint = await openCheckpoint(checkpointPath, { identity, resume });
  const known = checkpoint.isResumed ? await idsIn(isPublished ? path : partPath) : new Set<number>();
  if (isPublished && !checkpoint.isResumed) {
    checkpoint.remove();
    throw new InputError(`${path} exists: give another name, or remove it`);
  }
  if (isPublished) publishFile(path, partPath);
  if (!checkpoint.isResumed) removeFile(partPath);
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

async function idsIn(partPath: string): Promise<Set<number>> {
  const ids = new Set<number>();
  await readJournal(partPath, (line, number) => {
    const id = ID_AT_END.exec(line)?.[1];
    if (id === undefined)
      throw new InputError(`Line ${number} of ${partPath} is damaged: remove the file and its checkpoint`);
    ids.add(Number(id));
  });
  return ids;
}
