import { InputError } from "../../data/errors.ts";
import { byteLength, fieldColumns, ID, MAX_NAME_BYTES } from "./columns.ts";
import { pgServer } from "./connection.ts";
import { indexSql } from "./vectorindex.ts";
import { pgliteServer } from "./pglite.ts";
import { planWrites } from "./plan.ts";
import { pgPool, type PgPool } from "./pool.ts";
import { describe, findProspect, makeTable } from "./prepare.ts";
import { quoted, type PgServer, type PgSession } from "./session.ts";
import type { PgTable } from "./table.ts";
import { isPostgresUrl } from "./url.ts";
import { pgWriter, type PgWriter } from "./write.ts";
import type { Store, StoreOptions } from "../store.ts";

const SILENCE_MS = 300_000; // rows that go into a large index take it long
const MAX_BATCH = 10_000;
const MAX_SESSIONS = 8; // more wait for one another in the server, and each keeps a batch in memory

/**
 * A table of PostgreSQL: of the server at a `postgres://` URL, or of PGlite in a folder. Connects, and finds all that the
 * user has to set right; makes nothing yet but a new folder's database. `silenceMs`: how long a server may say nothing.
 */
export async function openPgvector(options: StoreOptions, silenceMs = SILENCE_MS): Promise<Store> {
  const name = tableName(options.name);
  const server = await serverOf(options, silenceMs);
  const pool = pgPool(server, options);
  try {
    return await storeIn(pool, server, name, options);
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function tableName(name = "seedbed"): string {
  // oxlint-disable-next-line no-control-regex
  const isOne = name !== "" && byteLength(name) <= MAX_NAME_BYTES && !/[\x00-\x1f\x7f]/.test(name);
  if (!isOne) throw new InputError(`Table "${name}": expected 1 to ${MAX_NAME_BYTES} bytes without control characters`);
  return name;
}

async function serverOf({ endpoint, token, concurrent, signal }: StoreOptions, silenceMs: number): Promise<PgServer> {
  signal?.throwIfAborted();
  if (!isPostgresUrl(endpoint)) return pgliteServer(endpoint, signal);
  return pgServer({ endpoint, token, maxSessions: Math.min(concurrent, MAX_SESSIONS), signal, silenceMs });
}

async function storeIn(pool: PgPool, server: PgServer, name: string, given: StoreOptions): Promise<Store> {
  const options = { ...given, create: given.create || server.isEmbedded };
  const find = () => pool.run("look for the table", (session) => findProspect(session, name, options));
  let prospect = await find();
  let writer: PgWriter | undefined;
  const sessions = prospect.isPglite ? 1 : server.maxSessions; // behind a socket it takes one at a time, too
  pool.limit(sessions);

  const there = (): PgTable => {
    if (!prospect.table) throw new Error(`Cannot use table "${name}" at ${server.place} before it is made`);
    return prospect.table;
  };
  const countIn = async (session: PgSession): Promise<number> =>
    Number((await session.query(`SELECT count(*)::text AS count FROM ${there().sql}`, [], true)).rows[0]!["count"]);

  return {
    place: `${server.place} table "${name}"`,
    description: describe(prospect, options),
    hasRowIds: true,
    maxBatch: MAX_BATCH,
    batchesUnderWay: sessions,
    isEmbedded: server.isEmbedded,
    async prepare() {
      if (!prospect.table) {
        await pool.run("make the table", (session) => makeTable(session, name, options, prospect));
        prospect = await find();
      }
      const plan = planWrites(there(), fieldColumns(options.sample), prospect.schema);
      writer = pgWriter(pool, plan, server.isEmbedded || !prospect.isPglite); // COPY through a socket kills PGlite
    },
    part: () => prospect.table && String(prospect.table.oid),
    count: async () => (prospect.table ? pool.run("count the rows", countIn) : 0),
    async write(records, settle) {
      if (!writer) throw new Error(`Cannot store records at ${server.place}: not prepared`);
      await writer.write(records, settle);
    },
    absent: (records) =>
      pool.run("look for records", async (session) => {
        const sql = `SELECT ${quoted(ID)}::text AS id FROM ${there().sql} WHERE ${quoted(ID)} = ANY($1::bigint[])`;
        const { rows } = await session.query(sql, [records.map(({ row }) => String(row))]);
        const present = new Set(rows.map(({ id }) => String(id)));
        return records.filter(({ row }) => !present.has(String(row)));
      }),
    async finish() {
      const { index, metric } = options;
      const { type, schema } = prospect;
      const table = there().sql;
      await pool.run("finish the table", async (session) => {
        if (index !== "none" && type !== "real[]") {
          const rows = await countIn(session);
          await session.query(indexSql({ index, metric, type, name, table, schema: schema!, rows }), [], true);
        }
        await session.query(`ANALYZE ${table}`, [], true);
      });
    },
    close: () => pool.close(),
  };
}
