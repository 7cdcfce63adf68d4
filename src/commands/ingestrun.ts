import { FaultsFound, InputError } from "../data/errors.ts";
import type { StoreRecord } from "../data/records.ts";
import { ingest, type IngestSummary } from "../pipeline/ingest/ingest.ts";
import { openLedger, type Ledger } from "../pipeline/ingest/ledger.ts";
import { startProgress, type Progress } from "../runtime/progress.ts";
import { elapsedMs, Interrupted, type Interruption } from "../runtime/system.ts";
import type { Store } from "../targets/store.ts";
import type { LoadPlace } from "./ingestflags.ts";
import { reportIngest, type LoadPlan } from "./ingestreport.ts";
import { retryTeller, type Output } from "./output.ts";
import { showCount } from "./show.ts";

/** Loads what the plan says, and says what came of it. */
export async function runIngest(
  plan: LoadPlan,
  sample: readonly StoreRecord[],
  output: Output,
  interrupted: Interruption,
): Promise<void> {
  const { place, input, metric, index, concurrent, create, tries, token } = plan;
  const identity = { target: place.targetName, place: place.identity, dim: input.dim };
  const ledger = await openLedger(plan.ledger, identity, plan.resume);
  const ended = new AbortController();
  let retries = 0;
  const tellRetry = retryTeller(output);
  try {
    const store = await place.target.open({
      ...{ endpoint: place.endpoint, name: place.name, token, create, dim: input.dim, metric, index, sample },
      ...{ concurrent, tries, signal: AbortSignal.any([interrupted.signal, ended.signal]) },
      onRetry(what, waitMs) {
        retries++;
        tellRetry(what, waitMs);
      },
    });
    try {
      output.say(`${store.place}: ${store.description}`);
      await prepare(store, ledger, place);
      const giveUp = (reason: unknown) => ended.abort(reason);
      const { summary, ms } = await load(plan, store, ledger, output, { interrupted, giveUp, retries: () => retries });
      reportIngest(summary, { plan, ledger, retries, ms }, output);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw toldWhatIsStored(error, ledger);
  } finally {
    ledger.close();
  }
}

interface Circumstances {
  readonly interrupted: Interruption;
  readonly giveUp: (reason: unknown) => void;
  readonly retries: () => number;
}

/** Loads with a bar for each of its phases; tells how long the loading took, without what comes after it. */
async function load(
  plan: LoadPlan,
  store: Store,
  ledger: Ledger,
  output: Output,
  { interrupted, giveUp, retries }: Circumstances,
): Promise<{ summary: IngestSummary; ms: number }> {
  const { input, place, index, limit = Infinity, batchSize } = plan;
  const { noun, unit } = place.target;
  const total = totalOf(plan);
  let bar: Progress | undefined;
  const show = async (label: string, rows: number | undefined, from = 0): Promise<void> => {
    bar?.stop();
    bar = await startProgress(label, rows, unit, { shown: output.showsProgress, from });
    output.showing(bar);
  };
  const hide = (): void => {
    bar?.stop();
    output.showing(undefined);
  };
  const began = elapsedMs();
  let ms: number | undefined;
  try {
    await show(`Ingesting ${noun}`, total, ledger.states.storedBefore(limit));
    const summary = await ingest(input, store, ledger, {
      ...{ batchSize, limit, signal: interrupted.signal, giveUp },
      onProgress({ done, bytes, failed }) {
        const share = total === undefined ? Math.min(1, bytes / input.byteLength) : undefined;
        bar?.updateShare(done, share, noteOf({ errors: failed, retries: retries() }));
      },
      async onPhase(phase) {
        ms ??= elapsedMs() - began;
        hide();
        if (phase === "asking") {
          output.say(`The store's count is another than ours: it is asked for each of the ${noun}`);
          await show(`Looking for ${noun}`, ledger.states.stored);
        } else if (place.target.creates && index !== "none" && store.isEmbedded) {
          output.say(`Building the ${index} index; Ctrl-C ends it at once, all rows are stored`);
          interrupted.release(); // nothing here would notice: the store takes the whole process
        } else if (place.target.creates && index !== "none") output.say(`Finishing the ${index} index`);
      },
      onAsked: (rows) => bar?.update(rows),
    });
    return { summary, ms: ms ?? elapsedMs() - began };
  } finally {
    hide();
  }
}

/** Makes what is missing, once it is sure that nothing there would be overwritten. */
async function prepare(store: Store, ledger: Ledger, { target }: LoadPlace): Promise<void> {
  if (ledger.heldBefore === undefined) {
    const held = await store.count();
    if (store.hasRowIds && held > 0) {
      throw new InputError(
        `${store.place} holds ${showCount(held)} ${target.noun} already, which those of this input would replace: ` +
          `give another --${target.part}, or empty it`,
      );
    }
    ledger.noteHeldBefore(held);
  }
  await store.prepare();
  ledger.notePart(store.part());
}

/** What the bar tells beside the rate: nothing of what there is none of. */
function noteOf(counts: Readonly<Record<string, number>>): string | undefined {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length > 0 ? some.map(([name, count]) => `${name}=${count}`).join(", ") : undefined;
}

/** How many rows there will be, where that is known. */
function totalOf({ input: { rows }, limit = Infinity }: LoadPlan): number | undefined {
  if (rows !== undefined) return Math.min(rows, limit);
  return limit === Infinity ? undefined : limit;
}

/** The error of a load that did not come to its end, with how to go on. */
function toldWhatIsStored(error: unknown, { states, isBegun }: Ledger): unknown {
  const left = `${showCount(states.stored)} rows are known to be stored; go on with --resume`;
  if (error instanceof Interrupted) return new Interrupted(isBegun ? left : "nothing was stored");
  if (!isBegun || !(error instanceof Error) || error instanceof FaultsFound) return error;
  const Same = error instanceof InputError ? InputError : Error;
  return new Same(`${error.message}; ${left}`, { cause: error });
}
