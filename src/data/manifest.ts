import type { Json } from "./recipe.ts";

/** One file of a finished dataset. */
export interface FileRecord {
  readonly path: string;
  readonly format: string;
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hexadecimal; null when the dataset was written without checksums. */
  readonly sha256: string | null;
}

/** A file that rows were made from. */
export interface InputRecord {
  readonly name: string;
  /** As seen from the manifest's folder. */
  readonly path: string;
  /** Of its values, lower-case hexadecimal. */
  readonly sha256: string;
}

/** `dataset.json`: what a folder holds and how to make it again. A folder without one is unfinished. */
export interface Manifest {
  readonly generator: { readonly name: string; readonly version: string };
  readonly recipe: { readonly kind: string } & { readonly [key: string]: Json };
  readonly recipe_sha256: string;
  /** Absent where the recipe says everything. */
  readonly inputs?: readonly InputRecord[];
  readonly files: readonly FileRecord[];
  /** By field: moments of numbers, counts and shares of labels. */
  readonly measured: Json;
  /** ISO 8601, UTC; nowhere else is a clock read. */
  readonly created_at: string;
}

export const MANIFEST_NAME = "dataset.json";

/** A dataset of files with names of their own has its manifest beside them: `<stem>.dataset.json`. */
export const MANIFEST_ENDING = ".dataset.json";

/** Image corpora have this file instead, with the manifest as its `extras`. */
export const METADATA_NAME = "metadata.json";
