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

/** Asks the store for each row that it took, and notes those that it does not have; returns how many. */
export async function noteAbsent(
  input: OpenInput,
  store: Store,
  outcomes: Outcomes,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<number> {
  let lost = 0;
  const asked: StoreRecord[] = [];
  const ask = async (): Promise<void> => {
    for (const record of await store.absent(asked.splice(0, ASKED_AT_ONCE))) {
      lost++;
      outcomes.fail({ ...record, reason: "the store took it, and does not have it" });
    }
  };
  for await (const { records } of input.read({ rowEnd: limit, wants: outcomes.states.isStored }).pieces) {
    signal.throwIfAborted();
    asked.push(...records);
    while (asked.length >= ASKED_AT_ONCE) await ask();
  }
  if (asked.length > 0) await ask();
  return lost;
}
