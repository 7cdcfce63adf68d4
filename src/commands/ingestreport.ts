import { FaultsFound } from "../data/errors.ts";
import type { BadRecord, Index, Metric } from "../data/records.ts";
import type { IngestSummary } from "../pipeline/ingest/ingest.ts";
import type { OpenInput } from "../pipeline/ingest/input.ts";
import type { Ledger } from "../pipeline/ingest/ledger.ts";
import { shown } from "../data/fields.ts";
import type { LoadPlace } from "./ingestflags.ts";
import type { Output } from "./output.ts";
import { showBytes, showCount, showDuration } from "./show.ts";

/** What is going to be loaded where. */
export interface LoadPlan {
  readonly place: LoadPlace;
  readonly input: OpenInput;
  readonly fields: readonly string[];
  readonly metric: Metric;
  readonly index: Index;
  readonly batchSize: number;
  readonly concurrent: number;
  readonly limit: number | undefined;
  readonly create: boolean;
  readonly resume: boolean;
  readonly tries: number;
  readonly token: string | undefined;
  /** The folder of the ledger. */
  readonly ledger: string;
}

/** Says what is going to be done; for programs too where that is all. */
export function reportPlan(plan: LoadPlan, output: Output, isAll: boolean): void {
  const { place, input, fields, metric, index, batchSize, concurrent, limit, ledger } = plan;
  const { target, targetName } = place;
  const rows = input.rows === undefined ? `all ${target.noun}` : `${showCount(input.rows)} ${target.noun}`;
  const some = limit === undefined ? rows : `the first ${showCount(limit)} of ${rows}`;
  output.say(
    `Plan: ${some} of ${input.dim} values from ${input.path} (${showBytes(input.byteLength)}) to ${target.title}`,
  );
  output.say(
    `  at ${place.shown}${target.creates ? `, ${index === "none" ? "" : `metric ${metric}, `}index ${index}` : ""}`,
  );
  output.say(`  fields: ${fields.join(", ") || "none"}; ledger: ${ledger}`);
  if (!isAll) return;
  output.result({
    ...{ input: input.path, files: input.files, bytes: input.byteLength, rows: input.rows ?? null, dim: input.dim },
    ...{ limit: limit ?? null, fields, target: targetName, endpoint: place.shownEndpoint, name: place.name ?? null },
    ...(target.creates ? { metric, index } : {}),
    ...{ batch_size: batchSize, concurrent, ledger },
  });
}

/** How a load went, beside its summary. */
export interface LoadCircumstances {
  readonly plan: LoadPlan;
  readonly ledger: Ledger;
  readonly retries: number;
  readonly ms: number;
}

/** Says what came of a load; throws `FaultsFound` where rows are not stored, or the store's count is not ours. */
export function reportIngest(summary: IngestSummary, circumstances: LoadCircumstances, output: Output): void {
  const { plan, ledger, retries, ms } = circumstances;
  const { total, stored, storedBefore, accepted, failed, failures, lost, expectedCount, count } = summary;
  const { place } = plan;
  const { noun } = place.target;
  const perSecond = (accepted * 1000) / ms;
  const before = storedBefore > 0 ? ` (${showCount(storedBefore)} by earlier runs)` : "";
  const more = failed - failures.length;
  for (const line of [
    `Total:                  ${showCount(total)}`,
    `Successfully ingested:  ${showCount(stored)}${before}`,
    `Failed:                 ${showCount(failed)}`,
    ...failures.map((record) => `  ${placeOfRow(record)}: ${shown(record.reason)}`),
    ...(more > 0 ? [`  and ${showCount(more)} more in ${ledger.failuresPath}`] : []),
    `Elapsed time:           ${showDuration(ms)}`,
    `Throughput:             ${perSecond.toFixed(1)} ${noun}/s${retries > 0 ? `, ${showCount(retries)} retries` : ""}`,
    `Count of the store:     ${showCount(count)}${count === expectedCount ? "" : `, expected ${showCount(expectedCount)}`}`,
  ]) {
    output.say(line);
  }
  output.result({
    ...{ input: plan.input.path, target: place.targetName, endpoint: place.shownEndpoint, name: place.name ?? null },
    ...{ total, ingested: stored, ingested_before: storedBefore, failed, lost, failures },
    ...{ store_count: count, store_count_expected: expectedCount, retries },
    ...{ seconds: ms / 1000, per_second: perSecond, ledger: ledger.path },
    failures_file: failed > 0 ? ledger.failuresPath : null,
  });
  const faults = [
    ...(failed > 0
      ? [
          `${showCount(failed)} ${noun} are not stored: ${ledger.failuresPath} says why${lost < failed ? "; --resume tries again" : ""}`,
        ]
      : []),
    ...(count === expectedCount ? [] : [countWords(summary, noun)]),
  ];
  if (faults.length > 0) throw new FaultsFound(faults.join("; "));
}

function placeOfRow({ row, line, id }: BadRecord): string {
  const place = line === undefined ? `row ${row}` : `line ${line}`;
  return id === undefined ? place : `${place} (${shown(id, 60)})`;
}

function countWords({ count, expectedCount, lost }: IngestSummary, noun: string): string {
  const said = `the store holds ${showCount(count)} ${noun}, expected ${showCount(expectedCount)}`;
  if (lost > 0) return `${said}: it does not have ${showCount(lost)} that it took, which --resume sends again`;
  if (count > expectedCount) return `${said}: others were stored there meanwhile`;
  return `${said}: all of this input are there, so they replaced others of the same ids, or others were dropped`;
}
