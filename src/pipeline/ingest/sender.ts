import type { Settle, Store } from "../../targets/store.ts";
import type { Batch } from "./batches.ts";

/** Batches on their way to a store, as many at a time as are of use. */
export interface Sender {
  /** Returns when there is room for the batch, which then is under way; throws what made one fail. */
  send(batch: Batch): Promise<void>;
  /** Returns when all have arrived; throws what made one fail. */
  end(): Promise<void>;
  /** Returns when nothing is under way. */
  settled(): Promise<void>;
}

/** Of batches: what is read waits for the store. */
const MAX_BYTES_UNDER_WAY = 16 << 20;

/** `onFault` is told at once what made a batch fail, the first time. */
export function createSender(store: Store, settle: Settle, onFault: (error: unknown) => void): Sender {
  let batchesUnderWay = 0;
  let bytesUnderWay = 0;
  let fault: { readonly error: unknown } | undefined;
  let onArrival = (): void => {};
  const write = async ({ records, bytes }: Batch): Promise<void> => {
    batchesUnderWay++;
    bytesUnderWay += bytes;
    try {
      await store.write(records, settle);
    } catch (error) {
      if (!fault) onFault(error);
      fault ??= { error };
    }
    batchesUnderWay--;
    bytesUnderWay -= bytes;
    onArrival();
  };
  const until = async (isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) await new Promise<void>((resolve) => (onArrival = resolve));
  };
  const isEmpty = (): boolean => batchesUnderWay === 0;
  const throwFault = (): void => {
    if (fault) throw fault.error;
  };
  return {
    async send(batch) {
      const hasRoom = () =>
        batchesUnderWay < store.batchesUnderWay && bytesUnderWay + batch.bytes <= MAX_BYTES_UNDER_WAY;
      await until(() => fault !== undefined || isEmpty() || hasRoom());
      throwFault();
      void write(batch);
    },
    async end() {
      await until(() => fault !== undefined || isEmpty());
      throwFault();
    },
    settled: () => until(isEmpty),
  };
}
