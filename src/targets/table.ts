import type { Index } from "../data/records.ts";
import type { Store, StoreOptions } from "./store.ts";

/** What is known of a kind of store before it is opened. */
export interface Target {
  readonly title: string;
  /** Where it is looked for without an endpoint. */
  readonly endpoint: string;
  /** What its part that takes the records is called, which is also the flag for its name. */
  readonly part: "space" | "table" | "collection";
  /** The plural of what it holds, and what rates are counted in. */
  readonly noun: string;
  readonly unit: string;
  /** Requests or connections under way at a time, unless told otherwise. */
  readonly concurrent: number;
  /** What `--index` may be, the default first; nothing where there is no choice. */
  readonly indexes: readonly Index[];
  /** Whether the part is made only when asked for. */
  readonly creates: boolean;
  /** Whether an endpoint may be a folder. */
  readonly takesFolders: boolean;
  open(options: StoreOptions): Promise<Store>;
}

/** The one table of stores, each loaded when it is first used. */
export const targets: Readonly<Record<string, Target>> = {
  engram: {
    title: "Engram",
    endpoint: "http://localhost:7432",
    part: "space",
    noun: "memories",
    unit: "mem",
    concurrent: 20,
    indexes: [],
    creates: false,
    takesFolders: false,
    open: async (options) => (await import("./engram/store.ts")).openEngramStore(options),
  },
  pgvector: {
    title: "pgvector",
    endpoint: "seedbed.pglite",
    part: "table",
    noun: "rows",
    unit: "rows",
    concurrent: 4,
    indexes: ["none", "hnsw", "ivfflat"],
    creates: true,
    takesFolders: true,
    open: async (options) => (await import("./pgvector/store.ts")).openPgvector(options),
  },
  chroma: {
    title: "Chroma",
    endpoint: "http://localhost:8000",
    part: "collection",
    noun: "rows",
    unit: "rows",
    concurrent: 4,
    indexes: ["hnsw"],
    creates: true,
    takesFolders: false,
    open: async (options) => (await import("./chroma/store.ts")).openChroma(options),
  },
};
