import type { ChecksumKind } from "../../runtime/checksums.ts";
import type { RetryOptions } from "../../runtime/retry.ts";

export const SOURCES = ["huggingface", "kaggle", "http", "file"] as const;
export type SourceName = (typeof SOURCES)[number];

/** What of a dataset is asked for. */
export interface Asked {
  readonly source: SourceName;
  /** Its name at the source, its URL or its path. */
  readonly name: string;
  readonly split: string | undefined;
  readonly revision: string | undefined;
  /** Which of its files; undefined for those of known formats. */
  readonly pattern: string | undefined;
}

/** A state of the dataset: by the name that was asked for, and by one that stands for it for ever. */
export interface Revision {
  readonly asked: string;
  readonly resolved: string;
}

/** A file that a source has. */
export interface RemoteFile {
  /** Below the dataset's folder, with slashes; checked to stay there. */
  readonly path: string;
  /** As records tell it, without passwords. */
  readonly url: string;
  /** Where it is: a URL, or the path of a local file. */
  readonly from: URL | string;
  readonly bytes: number | undefined;
  /** What the source says that the bytes are. */
  readonly sum?: { readonly kind: ChecksumKind; readonly value: string };
  /** Whether the server may wrap it in a zip of its own. */
  readonly mayBeWrapped?: boolean;
}

/** What a source has of what is asked for. */
export interface Listing {
  /** Null for sources that have none. */
  readonly revision: Revision | null;
  readonly files: readonly RemoteFile[];
  /** Headers that say who asks. */
  readonly headers: Readonly<Record<string, string>>;
  readonly explain: Explain;
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** Why a server refuses, and what to do about it; undefined where its status says it all. */
export type Explain = (refusal: Refusal) => string | undefined;

/** An answer that is final and no file. */
interface Refusal {
  readonly status: number;
  /** `X-Error-Code` of the answer. */
  readonly code: string | undefined;
}

/** How a network is asked. */
export interface Net {
  readonly retry: RetryOptions;
}

/** A file that is there, as `dataset.json` tells it. */
export interface FileRecord {
  readonly path: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly etag?: string;
  readonly last_modified?: string;
  /** Where the server wrapped it: what came. */
  readonly received?: { readonly as: "zip"; readonly bytes: number; readonly sha256: string };
}
