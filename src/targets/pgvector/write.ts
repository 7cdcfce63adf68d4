import type { StoreRecord } from "../../data/records.ts";
import { copyPieces } from "./copy.ts";
import { isOfData, isWithoutCopy, wordsOf } from "./errors.ts";
import type { WritePlan } from "./plan.ts";
import type { PgPool } from "./pool.ts";
import { inTransaction, type PgSession } from "./session.ts";
import { textArrays } from "./unnest.ts";
import type { Settle } from "../store.ts";

const STAGED = "pg_temp.seedbed_staged";
const SKIPPED = "the table did not take it: a trigger or rule of it left it out";

/** Writes records by a plan. */
export interface PgWriter {
  write(records: readonly StoreRecord[], settle: Settle): Promise<void>;
}

/** `hasCopy`: whether the server is known to do COPY, or may be asked. */
export function pgWriter(pool: PgPool, plan: WritePlan, hasCopy: boolean): PgWriter {
  const { columns } = plan;
  const staged = columns.map(({ name, kind }) => `${name} ${kind.staged}`).join(", ");
  const cast = columns.map(({ name, type }) => `${name}::${type}`).join(", ");
  let doesCopy = hasCopy;

  /** By a table of the session that ends with the transaction: a proxy may give each one another session. */
  const byCopy = (session: PgSession, records: readonly StoreRecord[]): Promise<number> =>
    inTransaction(session, async () => {
      try {
        await session.query(`CREATE TEMPORARY TABLE ${STAGED} (${staged}) ON COMMIT DROP`);
        await session.copy(STAGED, copyPieces(columns, records));
      } catch (error) {
        throw isWithoutCopy(error) ? new NoCopy() : error;
      }
      return checkCount(records, await session.query(plan.upsert(`SELECT ${cast} FROM ${STAGED}`)));
    });

  const names = columns.map(({ name }) => name).join(", ");
  const arrays = columns.map((_column, i) => `$${i + 1}::text[]`).join(", ");
  const typed = columns.map(({ name, type, kind }) => `${name}::${kind.staged}::${type}`).join(", ");
  const unnest = plan.upsert(`SELECT ${typed} FROM unnest(${arrays}) AS sent (${names})`);
  const byArrays = (session: PgSession, records: readonly StoreRecord[]): Promise<number> =>
    inTransaction(session, async () => {
      let count = 0;
      for (const part of textArrays(columns, records)) count += (await session.query(unnest, part)).count;
      return checkCount(records, { count });
    });

  /** Returns the server's words where it refuses records for what is in them; then none is stored. */
  const send = async (session: PgSession, records: readonly StoreRecord[]): Promise<string | undefined> => {
    try {
      if (doesCopy) await byCopy(session, records);
      else await byArrays(session, records);
      return undefined;
    } catch (error) {
      if (error instanceof NoCopy) {
        doesCopy = false;
        return send(session, records);
      }
      if (error instanceof Skipped || isOfData(error)) return wordsOf(error);
      throw error;
    }
  };

  const store = async (records: readonly StoreRecord[], settle: Settle): Promise<void> => {
    const refusal = await pool.run("store records", (session) => send(session, records));
    if (refusal === undefined || records.length === 1) {
      for (const record of records) settle(record, refusal);
      return;
    }
    const half = records.length >> 1;
    await store(records.slice(0, half), settle);
    await store(records.slice(half), settle);
  };

  return {
    async write(records, settle) {
      const sound = records.filter((record) => {
        const refusal = plan.refusal(record);
        if (refusal !== undefined) settle(record, refusal);
        return refusal === undefined;
      });
      if (sound.length > 0) await store(sound, settle);
    },
  };
}

class NoCopy extends Error {}
class Skipped extends Error {}

function checkCount(records: readonly StoreRecord[], { count }: { readonly count: number }): number {
  if (count !== records.length) throw new Skipped(SKIPPED);
  return count;
}
