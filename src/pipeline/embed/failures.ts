import type { ShardRecord } from "../../data/embeddings.ts";
import { publishFile, removeFile } from "../../runtime/files.ts";
import { openJournal, readJournal } from "../../runtime/journal.ts";
import type { OpenShard } from "./openshards.ts";

/** The texts of a split that have no vector, in `failures.jsonl` beside the manifest. */
export interface Failures {
  /** Notes those of a shard that was settled. */
  add(shard: OpenShard): void;
  /** By kind. */
  counts(): Readonly<Record<string, number>>;
  total(): number;
  close(): void;
}

interface Line {
  readonly split: string;
  readonly shard: number;
  readonly id: string;
  readonly kind: string;
  readonly reason: string;
}

const NAME = "failures.jsonl";
const LINES_AT_ONCE = 1000;

/** Keeps what earlier runs noted of other splits, and of the shards that stay. Takes memory for some lines only. */
export async function openFailures(
  folder: string,
  split: string,
  right: ReadonlyMap<number, ShardRecord>,
): Promise<Failures> {
  const path = `${folder}/${NAME}`;
  const counts: Record<string, number> = {};
  const count = (kind: string): void => void (counts[kind] = (counts[kind] ?? 0) + 1);
  await rewrite(path, ({ split: of, shard, kind }) => {
    if (of !== split) return true;
    if (right.has(shard)) count(kind);
    return right.has(shard);
  });
  const journal = openJournal(path);
  return {
    add({ shard, items, failed }) {
      const lines = [...failed].sort(([a], [b]) => a - b);
      journal.append(
        lines.map(([place, { kind, reason }]) => {
          count(kind);
          return JSON.stringify({ split, shard, id: items[place]!.id, kind, reason } satisfies Line);
        }),
      );
    },
    counts: () => ({ ...counts }),
    total: () => Object.values(counts).reduce((sum, number) => sum + number, 0),
    close: journal.close,
  };
}

/** Replaces the file in one step by those of its lines that are kept. */
async function rewrite(path: string, isKept: (line: Line) => boolean): Promise<void> {
  const partPath = `${path}.part`;
  removeFile(partPath);
  const part = openJournal(partPath);
  let kept: string[] = [];
  const flush = (): void => {
    part.append(kept);
    kept = [];
  };
  try {
    await readJournal(path, (line) => {
      const parsed = parse(line);
      if (parsed && isKept(parsed) && kept.push(line) >= LINES_AT_ONCE) flush();
    });
    flush();
  } catch (error) {
    part.close();
    removeFile(partPath);
    throw error;
  }
  part.close();
  publishFile(partPath, path);
}

/** Undefined for what a crash of the machine left of a line. */
function parse(line: string): Line | undefined {
  try {
    const parsed = JSON.parse(line) as Partial<Line> | null;
    return typeof parsed?.split === "string" ? (parsed as Line) : undefined;
  } catch {
    return undefined;
  }
}
