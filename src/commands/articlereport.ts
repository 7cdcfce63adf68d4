import { FaultsFound } from "../data/errors.ts";
import type { ArticleSummary } from "../pipeline/articlerun.ts";
import type { Output } from "./output.ts";
import { showCount, showDuration } from "./show.ts";

/** What came of a run, and how long it took. */
export interface ArticleOutcome {
  readonly summary: ArticleSummary;
  readonly ms: number;
  /** How many memories the store holds more than before. */
  readonly added?: number;
  /** How many memories the store held less than earlier runs had stored. */
  readonly missing?: number;
}

const FAILURES_SHOWN = 20;

/** Says what came of a run; throws `FaultsFound` where something was refused or the dump is broken. */
export function reportArticles(
  outcome: ArticleOutcome,
  places: { readonly dump: string; readonly target: string },
  output: Output,
): void {
  const { summary, ms, added, missing } = outcome;
  const { pages, written, writtenBefore, absent, failed, skipped, cut, broken } = summary;
  const perSecond = (written * 1000) / ms;
  for (const line of linesOf(summary, ms, perSecond)) output.say(line);
  if (added !== undefined && added < written) output.say(missingWords(written, added));
  if (absent > 0) output.say(`Warning: ${showCount(absent)} articles of the earlier run are not in this dump`);
  output.result({
    ...{ ...places, pages, ingested: written, ingested_before: writtenBefore },
    ...(absent === 0 ? {} : { not_in_dump: absent }),
    ...{ failed, skipped, cut, broken: broken ?? null },
    ...(added === undefined ? {} : { store_grew_by: added, store_missing: missing ?? 0 }),
    ...{ seconds: ms / 1000, articles_per_second: perSecond },
  });
  const before = added === undefined ? "what came before is written" : "what came before is stored: --resume goes on";
  const faults = [
    ...(broken === undefined ? [] : [`${broken}: ${written + writtenBefore > 0 ? before : "nothing is written"}`]),
    ...(failed.length > 0 ? [`${articles(failed.length)} refused: --resume tries again`] : []),
  ];
  if (faults.length > 0) throw new FaultsFound(faults.join("; "));
}

function linesOf(summary: ArticleSummary, ms: number, perSecond: number): string[] {
  const { pages, written, writtenBefore, failed, skipped, cut } = summary;
  const reasons = Object.entries(skipped).filter(([, count]) => count > 0);
  const skippedTotal = reasons.reduce((sum, [, count]) => sum + count, 0);
  const bracketed =
    reasons.length > 0 ? ` (${reasons.map(([reason, count]) => `${reason} ${showCount(count)}`).join(", ")})` : "";
  const before = writtenBefore > 0 ? `, and ${showCount(writtenBefore)} by an earlier run` : "";
  const more = failed.length - FAILURES_SHOWN;
  return [
    `Total pages:   ${showCount(pages)}`,
    `Ingested:      ${showCount(written)}${before}`,
    `Failed:        ${showCount(failed.length)}`,
    ...failed.slice(0, FAILURES_SHOWN).map(({ id, reason }) => `  ${id}: ${reason}`),
    ...(more > 0 ? [`  and ${showCount(more)} more; --json lists them all`] : []),
    `Skipped:       ${showCount(skippedTotal)}${bracketed}`,
    ...(cut > 0 ? [`Cut:           ${showCount(cut)} to the 100,000 bytes that a store takes`] : []),
    `Elapsed time:  ${showDuration(ms)}`,
    `Throughput:    ${perSecond.toFixed(1)} articles/s`,
  ];
}

function missingWords(written: number, added: number): string {
  return (
    `Warning: ${showCount(written)} memories were accepted, but the store holds only ${showCount(added)} more: ` +
    "it drops what is nearly the same as another memory (cosine 0.95 and above), replaces equal ids, and evicts beyond 100,000"
  );
}

function articles(count: number): string {
  return count === 1 ? "1 article was" : `${showCount(count)} articles were`;
}
