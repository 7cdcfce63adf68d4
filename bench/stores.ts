import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { startChroma } from "../test/support/chromaserver.ts";
import { startPostgres, type PostgresKind } from "../test/support/postgres.ts";
import { NEAREST } from "./nearest.ts";

/** A store that rows are loaded into, with what tells what it holds. */
export interface BenchStore {
  readonly name: string;
  /** Whether its search looks at every row. */
  readonly isExact: boolean;
  /** Where PostgreSQL's own tools find it, and what a column of embeddings is there. */
  readonly postgres?: { readonly url: string; readonly column: EmbeddingColumn };
  /** A new part of that name for so many rows. */
  part(name: string, rows: number): Promise<StorePart>;
  close(): Promise<void>;
}

type EmbeddingColumn = "vector" | "array";

/** A table or collection. */
export interface StorePart {
  /** Of `ingest`. */
  readonly flags: readonly string[];
  /** Has to come before the other two. */
  open(): Promise<void>;
  count(): Promise<number>;
  /** The rows that the store finds nearest to each, by its own search. */
  nearest(queries: readonly Float32Array[]): Promise<number[][]>;
  remove(): Promise<void>;
}

/** Starts the stores that are on this machine, and says of each other one why it is left out. */
export async function openStores(folder: string): Promise<BenchStore[]> {
  const stores: BenchStore[] = [pgliteStore(folder)];
  const servers: [name: string, open: (name: string) => Promise<BenchStore>][] = [
    ["PostgreSQL with pgvector", (name) => postgresStore(name, "pgvector")],
    ["PostgreSQL, real[]", (name) => postgresStore(name, "system")],
    ["Chroma", chromaStore],
  ];
  for (const [name, open] of servers) {
    try {
      stores.push(await open(name));
    } catch (error) {
      console.log(`${name}: left out: ${(error as Error).message}\n`);
    }
  }
  return stores;
}

type Ask = (sql: string, params?: unknown[]) => Promise<Record<string, unknown>[]>;

function pgliteStore(folder: string): BenchStore {
  return {
    name: "PGlite, a folder",
    isExact: true,
    async part(name) {
      const dataDir = `${folder}/${name}.pglite`;
      let db: PGlite | undefined;
      const ask: Ask = async (sql, params) => (await db!.query<Record<string, unknown>>(sql, params)).rows;
      return {
        flags: ["--to", "pgvector", "--endpoint", dataDir, "--table", name],
        open: async () => void (db = await PGlite.create({ dataDir, extensions: { vector } })),
        ...searchable(ask, name, "vector"),
        remove: async () => db?.close(), // the folder goes with that of all
      };
    },
    async close() {},
  };
}

async function postgresStore(name: string, kind: PostgresKind): Promise<BenchStore> {
  const server = await startPostgres(kind);
  const column = kind === "pgvector" ? "vector" : "array";
  return {
    name,
    isExact: true,
    postgres: { url: server.url, column },
    async part(table) {
      return {
        flags: ["--to", "pgvector", "--endpoint", server.url, "--table", table, "--create"],
        async open() {},
        ...searchable(server.ask, table, column),
        remove: async () => void (await server.ask(`DROP TABLE ${table}`)),
      };
    },
    close: server.remove,
  };
}

const DISTANCES: Record<EmbeddingColumn, string> = {
  vector: "embedding <-> $1::vector",
  array: "(SELECT sum((a - b) * (a - b)) FROM (SELECT unnest(embedding) AS a, unnest($1::float8[]) AS b) AS pair)",
};

function searchable(ask: Ask, table: string, column: EmbeddingColumn): Pick<StorePart, "count" | "nearest"> {
  const search = `SELECT id FROM ${table} ORDER BY ${DISTANCES[column]} LIMIT ${NEAREST}`;
  const [open, close] = column === "vector" ? "[]" : "{}";
  return {
    count: async () => Number((await ask(`SELECT count(*) AS count FROM ${table}`))[0]!["count"]),
    async nearest(queries) {
      const found: number[][] = [];
      for (const query of queries) {
        found.push((await ask(search, [`${open}${query.join()}${close}`])).map(({ id }) => Number(id)));
      }
      return found;
    },
  };
}

async function chromaStore(name: string): Promise<BenchStore> {
  const server = await startChroma();
  return {
    name,
    isExact: false,
    async part(collection, rows) {
      // Made beforehand, as --create would but for a search that visits whatever row its graph leads to.
      const configuration = { hnsw: { space: "l2", ef_search: rows } };
      const { id } = (await server.post("", { name: collection, configuration })) as { id: string };
      return {
        flags: ["--to", "chroma", "--endpoint", server.url, "--collection", collection],
        async open() {},
        count: async () => (await server.get(`/${id}/count`)) as number,
        async nearest(queries) {
          const body = { query_embeddings: queries.map((query) => [...query]), n_results: NEAREST, include: [] };
          const { ids } = (await server.post(`/${id}/query`, body)) as { ids: string[][] };
          return ids.map((ofOne) => ofOne.map(Number));
        },
        async remove() {}, // the server forgets all at its end
      };
    },
    close: server.stop,
  };
}
