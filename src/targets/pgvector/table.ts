import { InputError } from "../../data/errors.ts";
import { EMBEDDING, ID } from "./columns.ts";
import { quoted, type PgSession } from "./session.ts";

/** A table as the server's catalog has it. */
export interface PgTable {
  readonly oid: number;
  /** In SQL, with its schema. */
  readonly sql: string;
  readonly columns: readonly TableColumn[];
}

export interface TableColumn {
  readonly name: string;
  /** As SQL, such as `vector(64)`. */
  readonly type: string;
  /** The same without what stands in brackets: a cast to `varchar(5)` cuts texts off where storing them fails. */
  readonly plainType: string;
  /** In the catalog, such as `vector`, `_float4` for an array of `real`. */
  readonly typeName: string;
  /** What stands in brackets after the type, such as dimensions; -1 where nothing does. */
  readonly modifier: number;
  readonly isNotNull: boolean;
  /** Whether the server alone sets it. */
  readonly isGenerated: boolean;
  readonly hasDefault: boolean;
  /** Whether no two rows can have the same value there. */
  readonly isUnique: boolean;
}

const FIND = `
SELECT c.oid::bigint AS oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS sql, c.relkind::text AS kind,
  has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
    AND has_table_privilege(c.oid, 'UPDATE') AS "isOpen"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1)`;

const COLUMNS = `
SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
  format_type(a.atttypid, -1) AS "plainType", t.typname::text AS "typeName",
  a.atttypmod AS modifier, a.attnotnull AS "isNotNull", a.atthasdef AND a.attgenerated = '' AS "hasDefault",
  a.attgenerated <> '' OR (a.attidentity = 'a' AND a.attname <> $2) AS "isGenerated",
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS "isUnique"
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/** The table of that name, or undefined where there is none. Throws `InputError` where it cannot be written to. */
export async function findTable(session: PgSession, name: string): Promise<PgTable | undefined> {
  const { rows } = await session.query(FIND, [quoted(name)]);
  const found = rows[0];
  if (!found) return undefined;
  if (found["kind"] !== "r" && found["kind"] !== "p")
    throw new InputError(`"${name}" is no table: choose another name`);
  if (found["isOpen"] !== true) {
    throw new InputError(`Table "${name}" is not this user's to write: grant SELECT, INSERT and UPDATE on it`);
  }
  const oid = Number(found["oid"]);
  const { rows: columns } = await session.query(COLUMNS, [String(oid), ID]);
  return { oid, sql: String(found["sql"]), columns: columns as unknown as TableColumn[] };
}

const INTEGERS = ["int2", "int4", "int8"];
const EMBEDDINGS = ["vector", "halfvec", "_float4"];

/** Throws `InputError` that names what of the table keeps it from taking ids and embeddings of `dim` numbers. */
export async function checkTable(session: PgSession, name: string, table: PgTable, dim: number): Promise<void> {
  const wrong = (what: string, wanted: string): never => {
    throw new InputError(`Table "${name}" ${what}: expected ${wanted}; choose another --table`);
  };
  const id = table.columns.find((column) => column.name === ID);
  const embedding = table.columns.find((column) => column.name === EMBEDDING);
  const wantedId = `"${ID}" bigint with a primary key`;
  if (!id) return wrong(`has no column "${ID}"`, wantedId);
  if (!INTEGERS.includes(id.typeName)) return wrong(`has "${ID}" of ${id.type}`, wantedId);
  if (!id.isUnique) return wrong(`has neither a primary key nor a unique index on "${ID}" alone`, wantedId);
  const wanted = `"${EMBEDDING}" vector(${dim}), halfvec(${dim}) or real[]`;
  if (!embedding) return wrong(`has no column "${EMBEDDING}"`, wanted);
  if (!EMBEDDINGS.includes(embedding.typeName)) return wrong(`has "${EMBEDDING}" of ${embedding.type}`, wanted);
  const stored = await storedDim(session, table, embedding);
  if (stored !== undefined && stored !== dim) return wrong(`has embeddings of ${stored} dimensions`, wanted);
}

/** How many numbers the column's embeddings have, by its type or by one of them; undefined where anything goes. */
async function storedDim(session: PgSession, table: PgTable, column: TableColumn): Promise<number | undefined> {
  const isArray = column.typeName === "_float4";
  if (!isArray && column.modifier > 0) return column.modifier;
  const array = isArray ? quoted(EMBEDDING) : `${quoted(EMBEDDING)}::real[]`;
  const sql = `SELECT cardinality(${array}) AS dim FROM ${table.sql} WHERE ${quoted(EMBEDDING)} IS NOT NULL LIMIT 1`;
  const { rows } = await session.query(sql);
  return rows[0] && Number(rows[0]["dim"]);
}
