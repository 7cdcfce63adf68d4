import { InputError } from "../../data/errors.ts";
import type { ReadMark, StoreRecord } from "../../data/records.ts";
import type { Store } from "../../targets/store.ts";
import type { OpenInput } from "./input.ts";
import type { Outcomes } from "./outcomes.ts";

/** Reads what earlier runs read; throws `InputError` where it is no longer the same. */
export async function checkRead(input: OpenInput, mark: ReadMark, path: string, signal: AbortSignal): Promise<void> {
  const reading = input.read({ rowEnd: mark.rows, wants: () => false });
  for await (const _piece of reading.pieces) signal.throwIfAborted();
  const now = reading.mark();
  if (now.rows === mark.rows && now.sums.join() === mark.sums.join()) return;
  throw new InputError(
    `The first ${mark.rows} rows of ${input.path} are no longer those of the run in ${path}: ` +
      "give the same input, or delete that file to load this one anew",
  );
}

const ASKED_AT_ONCE = 1000;
const ASKED_BYTES = 4 << 20;

interface AskOptions {
  readonly rowEnd: number;
  readonly signal: AbortSignal;
  /** Told for how many rows it was asked. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Asks the store for each row that it took, and notes those that it does not have; returns how many. */
export async function noteAbsent(
  input: OpenInput,
  store: Store,
  outcomes: Outcomes,
  { rowEnd, signal, onProgress = () => {} }: AskOptions,
): Promise<number> {
  let lost = 0;
  let rows = 0;
  let bytes = 0;
  const asked: StoreRecord[] = [];
  const ask = async (): Promise<void> => {
    const some = asked.splice(0);
    for (const record of await store.absent(some)) {
      lost++;
      outcomes.fail(record, "the store took it, and does not have it");
    }
    outcomes.flush();
    bytes = 0;
    onProgress((rows += some.length));
  };
  for await (const piece of input.read({ rowEnd, wants: outcomes.states.isStored, keepsText: true }).pieces) {
    signal.throwIfAborted();
    for (const record of piece.records) if (asked.push(record) === ASKED_AT_ONCE) await ask();
    bytes += piece.bytes;
    if (bytes >= ASKED_BYTES) await ask();
  }
  if (asked.length > 0) await ask();
  return lost;
}
