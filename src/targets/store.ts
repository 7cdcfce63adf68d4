import type { Index, Metric, StoreRecord } from "../data/records.ts";

/** How a store is opened. */
export interface StoreOptions {
  /** A URL, or the folder of a store that runs in this process. */
  readonly endpoint: string;
  /** Of the table, collection or space. */
  readonly name: string | undefined;
  /** What it asks for, where it does. */
  readonly token?: string | undefined;
  /** Whether `prepare` may make a table or collection that is not there. */
  readonly create: boolean;
  readonly dim: number;
  readonly metric: Metric;
  readonly index: Index;
  /** Some of the records, at least one, from which fields and their types are known. */
  readonly sample: readonly StoreRecord[];
  /** Requests or connections under way at a time. */
  readonly concurrent: number;
  /** An abort ends requests and waits at once, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait what is tried again and why. */
  readonly onRetry?: ((what: string, waitMs: number) => void) | undefined;
  /** How often something is tried, the first time included, and the first wait. */
  readonly tries: number;
  readonly baseMs?: number | undefined;
}

/** Told what became of a record: why it was refused, or nothing where it is stored. */
export type Settle = (record: StoreRecord, refusal?: string) => void;

/**
 * What takes records. Its methods throw where nothing would fare better, with one line for the user: `InputError` where the
 * user's choices are to blame, other errors where the store is lost for good.
 */
export interface Store {
  /** What it is and where, for messages and to tell it from others: no password is in it. */
  readonly place: string;
  /** What was found there, for people: a version, a type. */
  readonly description: string;
  /** Whether ids are row numbers, so that two inputs in one place would overwrite each other. */
  readonly hasRowIds: boolean;
  /** Most records in a batch, as the server says. */
  readonly maxBatch: number;
  /** Batches that are of use at a time. */
  readonly batchesUnderWay: number;
  /** Whether it runs in this process, so that while it is at work nothing else is, not even an interruption. */
  readonly isEmbedded: boolean;
  /** Makes what is not there yet. */
  prepare(): Promise<void>;
  /** How many records it holds, as the server counts; 0 before `prepare` where nothing is there. */
  count(): Promise<number>;
  /** What tells its table or collection from another of the same name, once there is one; undefined where nothing does. */
  part(): string | undefined;
  /** Sends records, which it may keep until it returns; tells what became of each, once, as soon as that is known. */
  write(records: readonly StoreRecord[], settle: Settle): Promise<void>;
  /** Those of up to 1000 records that it does not have. */
  absent(records: readonly StoreRecord[]): Promise<readonly StoreRecord[]>;
  /** Builds what is built after the load. */
  finish(): Promise<void>;
  close(): Promise<void>;
}
