import type { StoreOptions } from "../../src/targets/store.ts";
import { targets } from "../../src/targets/table.ts";
import { startEngram } from "../doubles/engram.ts";
import { missingChroma, startChroma } from "../support/chromaserver.ts";
import { missingPostgres, startPostgres, type PostgresKind } from "../support/postgres.ts";

/** A server of its own for a kind of store, and what records must be for it. */
interface Served {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  readonly target: keyof typeof targets;
  /** Why it cannot be tested here. */
  readonly missing: string | false;
  readonly index: StoreOptions["index"];
  /** A field of a record that it refuses. */
  readonly poison: Readonly<Record<string, unknown>>;
  serve(folder: string): Promise<Served>;
}

/** Every kind of store; each target of the table is there. */
export const storeKinds: readonly StoreKind[] = [
  {
    name: "Engram, a double",
    target: "engram",
    missing: false,
    index: "none",
    poison: { confidence: 2 },
    async serve() {
      const double = await startEngram({ dedup: false });
      return { endpoint: double.url, stop: double.stop };
    },
  },
  postgres("pgvector"),
  postgres("system"),
  {
    name: "PGlite",
    target: "pgvector",
    missing: false,
    index: "none",
    poison: { content: "a\u0000b" },
    serve: async (folder) => ({ endpoint: `${folder}/pglite`, async stop() {} }),
  },
  {
    name: "Chroma",
    target: "chroma",
    missing: missingChroma(),
    index: "hnsw",
    poison: { "chroma:document": "x" },
    async serve() {
      const { url, stop } = await startChroma();
      return { endpoint: url, stop };
    },
  },
];

function postgres(kind: PostgresKind): StoreKind {
  return {
    name: `PostgreSQL ${kind === "pgvector" ? "with" : "without"} pgvector`,
    target: "pgvector",
    missing: missingPostgres(kind),
    index: "none",
    poison: { content: "a\u0000b" },
    async serve() {
      const { url, remove } = await startPostgres(kind);
      return { endpoint: url, stop: remove };
    },
  };
}
