import { openJournal, readJournalLines } from "../runtime/journal.ts";
import { isThere, publishFile } from "../runtime/files.ts";
import type { ArticleSink } from "./articlerun.ts";
import { openCheckpoint, type RunIdentity } from "./checkpoint.ts";

/** A file of memories, one a line, in the order of the dump. */
export interface ArticleFile extends ArticleSink {
  /** Gives the file its name: nothing more will come. */
  publish(): void;
  /** Leaves what was written for a run that goes on. */
  close(): void;
}

const ID_AT_END = /"id":"wikipedia-(\d+)"\}$/;

/** Opens the file under its `.part` name; with `resume` after the articles that an earlier run wrote there. */
export async function openArticleFile(path: string, identity: RunIdentity, resume: boolean): Promise<ArticleFile> {
  const partPath = `${path}.part`;
  const checkpoint = openCheckpoint(`${path}.checkpoint.jsonl`, identity, resume && isThere(partPath));
  const known = new Set<number>();
  for await (const line of readJournalLines(partPath)) known.add(Number(ID_AT_END.exec(line)?.[1]));
  const journal = openJournal(partPath);
  let written = 0;
  return {
    has: (pageId) => known.has(pageId),
    async write(memories) {
      journal.append(memories.map(({ json }) => json));
      written += memories.length;
    },
    flush: async () => ({ written, failed: [] }),
    publish() {
      journal.close();
      publishFile(partPath, path);
      checkpoint.remove();
    },
    close() {
      journal.close();
      checkpoint.close();
    },
  };
}
