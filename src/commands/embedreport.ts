import { FaultsFound } from "../data/errors.ts";
import { costOf } from "../embed/prices.ts";
import type { EmbeddingProvider } from "../embed/provider.ts";
import { preprocessingOf, type EmbedPlan } from "../pipeline/embed/plan.ts";
import type { EmbedOutcome } from "../pipeline/embed/run.ts";
import type { EmbeddingPlace } from "../pipeline/embed/splitfiles.ts";
import type { Root } from "../pipeline/root.ts";
import type { Output } from "./output.ts";
import { showBytes, showCount, showDuration } from "./show.ts";

interface PlanShown {
  readonly plan: EmbedPlan;
  readonly provider: EmbeddingProvider;
  readonly root: Root;
  /** USD for a million tokens. */
  readonly price: number | undefined;
  readonly isDryRun: boolean;
}

export function reportPlan({ plan, provider, root, price, isDryRun }: PlanShown, output: Output): void {
  const { asked, sample, unreadable, chunks, tokens, documents } = plan;
  const { raw } = asked;
  const cost = tokens === undefined || price === undefined ? undefined : costOf(tokens, price);
  const skipped = Object.values(sample.skipped).reduce((sum, count) => sum + count, 0);
  const host = provider.host === undefined ? "on this machine" : `at ${provider.host}`;
  output.say(
    `Plan: ${showCount(sample.size)} of ${showCount(sample.rowsTotal)} rows of ${raw.dataset}, split ${raw.split} ` +
      `(${showBytes(documents.byteLength)}${skipped > 0 ? `, ${showCount(skipped)} cannot be used` : ""})`,
  );
  if (asked.preprocessing) {
    const kept = asked.processedFolder === undefined ? "" : `, kept in ${asked.processedFolder}`;
    output.say(`  preprocessed: ${asked.preprocessing.name}${kept}`);
  }
  for (const { file, line, reason } of unreadable) output.say(`  cannot be read: ${file}, line ${line}: ${reason}`);
  output.say(`  ${showCount(chunks)} texts by ${provider.name} ${host}, ${provider.dim} values each`);
  if (tokens !== undefined) {
    const dollars = cost === undefined ? "at an unknown price: see --price" : showUsd(cost);
    output.say(`  ${showCount(tokens)} tokens${provider.host === undefined ? "" : `, ${dollars}`}`);
  }
  output.say(`  to ${root.path} (${root.why})`);
  if (isDryRun) {
    output.result({
      ...{ dry_run: true, dataset: raw.dataset, split: raw.split, model: provider.name, dim: provider.dim },
      ...{ rows_total: sample.rowsTotal, rows: sample.size, ...skippedOf(plan), chunks },
      ...{ tokens: tokens ?? null, cost_usd: cost ?? null, selected_hash: sample.selectedHash, root: root.path },
      preprocessing: preprocessingOf(asked),
    });
  }
}

/** Of a plan, for programs: rows that were left out by why, and the first that cannot be read. */
function skippedOf({ sample, unreadable }: EmbedPlan) {
  return {
    rows_skipped: sample.skipped,
    unreadable: unreadable.map(({ file, line, reason }) => ({ file, line, reason })),
  };
}

interface DoneShown {
  readonly plan: EmbedPlan;
  readonly outcome: EmbedOutcome;
  readonly ms: number;
  readonly cost: number | null;
  readonly place: EmbeddingPlace;
}

/** Throws `FaultsFound` where texts have no vector. */
export function reportDone({ plan, outcome, ms, cost, place }: DoneShown, output: Output): void {
  const { split } = plan.asked.raw;
  const { manifest, tally, kept, repaired, failed } = outcome;
  const shards = manifest.shards.filter((shard) => shard.split === split);
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  output.say(
    `${showCount(rows)} rows in ${showCount(shards.length)} ${shards.length === 1 ? "shard" : "shards"}` +
      `${kept > 0 ? `, ${showCount(kept)} of them kept` : ""}${repaired > 0 ? `, ${showCount(repaired)} repaired` : ""}: ` +
      `${place.root}/${place.shards}`,
  );
  output.say(
    `Texts embedded:  ${showCount(tally.texts)} in ${showDuration(ms)}, ${((1000 * tally.texts) / ms).toFixed(1)}/s`,
  );
  if (cost !== null) output.say(`Tokens:          ${showCount(tally.spent)}, ${showUsd(cost)}`);
  if (tally.retries > 0) output.say(`Retries:         ${showCount(tally.retries)}`);
  output.result({
    ...{ ok: failed === 0, dataset: manifest.dataset, split, model: manifest.model, dim: manifest.embedding_dim },
    ...{ rows, shards: shards.length, kept, repaired, embedded: tally.texts, failed, requests: tally.requests },
    ...{ retries: tally.retries, tokens: tally.spent, cost_usd: cost, duration_s: ms / 1000, ...skippedOf(plan) },
    preprocessing: manifest.splits.find((each) => each.split === split)?.preprocessing,
    manifest: `${place.root}/${place.index}/manifest.json`,
  });
  if (failed > 0) {
    const path = `${place.root}/${place.index}/failures.jsonl`;
    throw new FaultsFound(`${showCount(failed)} ${failed === 1 ? "text has" : "texts have"} no vector: see ${path}`);
  }
}

function showUsd(cost: number): string {
  return `${cost < 0.01 && cost > 0 ? cost.toPrecision(2) : cost.toFixed(2)} USD`;
}
