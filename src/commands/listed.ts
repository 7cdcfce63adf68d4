import { embeddedDatasets } from "../pipeline/embed/indexes.ts";
import { downloaded } from "../pipeline/embed/rawdataset.ts";
import { holdsLedgers } from "../pipeline/ingest/ledger.ts";
import { processedDatasets } from "../pipeline/processeddatasets.ts";
import { recordsBelow, type FoundFolder } from "../pipeline/folderrecords.ts";
import { indexFolder, shardFolder } from "../pipeline/root.ts";
import { fileLength, listFolder } from "../runtime/files.ts";

/** A dataset under the root, or what lies where one should be. */
export interface Listed {
  readonly kind: "raw" | "processed" | "embeddings";
  readonly dataset: string;
  readonly split: string;
  /** Where its files come from, or which model embedded them. */
  readonly by: string;
  /** Null where nobody says how many, as files and bytes. */
  readonly rows: number | null;
  readonly files: number | null;
  readonly bytes: number | null;
  /** Damaged: it is not as its record says, or nobody can read that. Foreign: none of our commands would have left it so. */
  readonly state: "complete" | "unfinished" | "damaged" | "foreign";
  /** As seen from the root. */
  readonly path: string;
}

/** All of them; whatever is wrong with one is its state. */
export function listDatasets(root: string): Listed[] {
  return [...rawDatasets(root), ...processed(root), ...embeddings(root)];
}

type Place = Pick<Listed, "kind" | "dataset" | "split" | "by" | "path">;

function rawDatasets(root: string): Listed[] {
  const { whole, damaged, bare } = downloaded(root);
  const place = ({ folder, names: [by = "", dataset = "", split = ""] }: FoundFolder): Place => ({
    ...{ kind: "raw", dataset, split, by, path: below(root, folder) },
  });
  return [
    ...whole.map((found): Listed => ({
      ...{ ...place(found), dataset: found.record.dataset, rows: null },
      ...filesIn(found.folder, found.record.files),
    })),
    ...unknown(damaged, bare, place),
  ];
}

function processed(root: string): Listed[] {
  const { whole, damaged, bare } = processedDatasets(root);
  const place = ({ folder, names: [dataset = "", split = ""] }: FoundFolder): Place => ({
    ...{ kind: "processed", dataset, split, by: "", path: below(root, folder) },
  });
  return [
    ...whole.map((found): Listed => ({
      ...{ ...place(found), by: found.record.source ?? "", rows: found.record.rows ?? null },
      ...filesIn(found.folder, found.record.files),
    })),
    ...unknown(damaged, bare, place),
  ];
}

function embeddings(root: string): Listed[] {
  const { whole, damaged, bare } = embeddedDatasets(root);
  const place = ({ folder, names: [by = "", dataset = "", split = ""] }: FoundFolder): Place => ({
    ...{ kind: "embeddings", dataset, split, by, path: below(root, folder) },
  });
  const known = new Set(damaged.map(({ names }) => names.join("/")));
  const listed = whole.flatMap(({ folder, manifest: { model, dataset, splits, shards } }) =>
    splits.map(({ split, complete }): Listed => {
      known.add(
        below(
          ".",
          orEmpty(() => shardFolder(".", model, dataset, split)),
        ),
      );
      const own = shards.filter((shard) => shard.split === split);
      const isOwn = orEmpty(() => indexFolder(".", model, dataset)) === `./${folder}`;
      const { state, ...counts } = filesIn(root, own);
      return {
        ...{ kind: "embeddings", dataset, split, by: model, rows: own.reduce((sum, { rows }) => sum + rows, 0) },
        ...{ ...counts, path: folder },
        state: !isOwn ? "foreign" : state === "complete" && !complete ? "unfinished" : state,
      };
    }),
  );
  const shards = recordsBelow(`${root}/embeddings`, 3, () => undefined); // what no manifest tells of
  const isUnknown = ({ folder, names }: FoundFolder) =>
    !known.has(below(root, folder)) && !known.has(names.slice(0, 2).join("/")) && !holdsLedgers(folder);
  return [
    ...listed,
    ...unknown(damaged, bare, place),
    ...unknown(shards.damaged, shards.bare.filter(isUnknown), place),
  ];
}

function below(root: string, folder: string): string {
  return folder.slice(root.length + 1);
}

function orEmpty(path: () => string): string {
  try {
    return path();
  } catch {
    return ""; // a name that no folder has
  }
}

/** How many files there should be, and whether they are there with their lengths. */
function filesIn(folder: string, files: readonly { readonly path: string; readonly bytes: number }[]) {
  const isThere = files.every(({ path, bytes }) => hasLength(`${folder}/${path}`, bytes));
  return {
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    state: isThere ? ("complete" as const) : ("damaged" as const),
  };
}

function hasLength(path: string, bytes: number): boolean {
  try {
    return fileLength(path) === bytes;
  } catch {
    return false; // not even a path, or one that cannot be followed
  }
}

const OF_A_RUN = /\.(?:part|part\.jsonl|lock)$/;

/** Folders whose record cannot be read, and those without one, but for empty ones. */
function unknown(
  damaged: readonly FoundFolder[],
  bare: readonly FoundFolder[],
  place: (found: FoundFolder) => Place,
): Listed[] {
  const nothing = { rows: null, files: null, bytes: null };
  const others = bare.flatMap((found): Listed[] => {
    const names = namesIn(found.folder);
    if (names?.length === 0) return [];
    const state = !names ? "damaged" : names.some((name) => OF_A_RUN.test(name)) ? "unfinished" : "foreign";
    return [{ ...place(found), ...nothing, state }];
  });
  return [...damaged.map((found): Listed => ({ ...place(found), ...nothing, state: "damaged" })), ...others];
}

/** Undefined where they cannot be read. */
function namesIn(folder: string): string[] | undefined {
  try {
    return listFolder(folder);
  } catch {
    return undefined;
  }
}
