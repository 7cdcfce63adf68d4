import { InputError } from "../../data/errors.ts";
import { EMBEDDING, fieldColumns, ID, SOURCE_ID } from "./columns.ts";
import { checkIndex, embeddingType, type EmbeddingType } from "./vectorindex.ts";
import { quoted, type PgSession } from "./session.ts";
import { lookAround, type Surroundings } from "./surroundings.ts";
import { checkTable, findTable, type PgTable } from "./table.ts";
import type { StoreOptions } from "../store.ts";

/** A table that can take the records, or can be made. */
export interface Prospect extends Surroundings {
  readonly table: PgTable | undefined;
  /** Of the embeddings. */
  readonly type: EmbeddingType;
}

/** Finds the table. Throws `InputError` for what keeps it from taking the records, or the server from having it. */
export async function findProspect(
  session: PgSession,
  name: string,
  { dim, index, create }: StoreOptions,
): Promise<Prospect> {
  const surroundings = await lookAround(session);
  const { pgvector } = surroundings;
  const table = await findTable(session, name);
  if (!table && !create) {
    throw new InputError(`There is no table "${name}": add --create, or name another one with --table`);
  }
  if (table) await checkTable(session, name, table, dim);
  const embedding = table?.columns.find((column) => column.name === EMBEDDING);
  const type = embedding ? TYPES[embedding.typeName]! : embeddingType(pgvector, dim, index);
  checkIndex(type, pgvector, embedding && embedding.modifier < 1 ? undefined : dim, index);
  return { ...surroundings, table, type };
}

const TYPES: Readonly<Record<string, EmbeddingType>> = { vector: "vector", halfvec: "halfvec", _float4: "real[]" };

/** Makes the table and what it needs. */
export async function makeTable(
  session: PgSession,
  name: string,
  options: StoreOptions,
  { type, schema }: Prospect,
): Promise<void> {
  const { dim, sample } = options;
  const isArray = type === "real[]";
  if (!isArray && schema === undefined) await session.query("CREATE EXTENSION IF NOT EXISTS vector");
  const where = isArray ? undefined : (await lookAround(session)).schema;
  const columns = [
    `${quoted(ID)} bigint PRIMARY KEY`,
    `${quoted(EMBEDDING)} ${isArray ? type : `${where}.${type}(${dim})`} NOT NULL`,
    ...(sample.some(({ id }) => id !== undefined) ? [`${quoted(SOURCE_ID)} text`] : []),
    ...fieldColumns(sample).map((column) => `${quoted(column.name)} ${column.type}`),
  ];
  await session.query(`CREATE TABLE IF NOT EXISTS ${quoted(name)} (${columns.join(", ")})`);
}

/** The server and the type of the embeddings, for people. */
export function describe({ server, pgvector, type, table }: Prospect, { dim, index }: StoreOptions): string {
  const column = type === "real[]" ? type : `${type}(${dim})`;
  const why = !table && type === "halfvec" ? `, as an ${index} index takes no vector of more than 2000 dimensions` : "";
  return `${server}, ${pgvector === undefined ? "without pgvector" : `pgvector ${pgvector}`}: embeddings as ${column}${why}`;
}
