import { InputError } from "../../data/errors.ts";
import { quoted, type PgSession } from "./session.ts";

/** What a server offers. */
export interface Surroundings {
  /** For people, such as `PostgreSQL 16.14`. */
  readonly server: string;
  /** Whether it is PGlite, here or behind a socket. */
  readonly isPglite: boolean;
  /** Of pgvector, be it made in this database or only at hand; undefined where there is none. */
  readonly pgvector: string | undefined;
  /** Where pgvector lives, in SQL; undefined where it is not made yet. */
  readonly schema: string | undefined;
}

const MIN_VERSION = 12;

const LOOK = `
SELECT version() AS text, current_setting('server_version') AS version, current_setting('server_version_num') AS number,
  (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS made,
  (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE extname = 'vector') AS schema,
  (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available`;

/** Throws `InputError` for a server that is too old. */
export async function lookAround(session: PgSession): Promise<Surroundings> {
  const { rows } = await session.query(LOOK);
  const { text, version, number, made, schema, available } = rows[0]!;
  if (Number(number) < 10_000 * MIN_VERSION) {
    throw new InputError(`PostgreSQL ${String(version)} is too old: expected ${MIN_VERSION} or later`);
  }
  const pglite = /\(PGlite ([^)]*)\)/.exec(String(text))?.[1];
  const plain = `PostgreSQL ${String(version).split(" ")[0]}`;
  return {
    server: pglite === undefined ? plain : `PGlite ${pglite} (${plain})`,
    isPglite: pglite !== undefined,
    pgvector: textOf(made) ?? textOf(available),
    schema: textOf(schema) && quoted(textOf(schema)!),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
