import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";

/** Runs `use` with a way to ask a store of PGlite in a folder. */
export async function askPglite<T>(
  folder: string,
  use: (ask: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<T>,
): Promise<T> {
  const db = await PGlite.create({ dataDir: folder, extensions: { vector } });
  try {
    return await use(async (sql) => (await db.query(sql)).rows as Record<string, unknown>[]);
  } finally {
    await db.close();
  }
}
