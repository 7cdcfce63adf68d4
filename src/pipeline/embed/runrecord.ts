import { PACKAGE_NAME, VERSION } from "../../data/version.ts";
import { recordDate } from "../../runtime/environment.ts";
import { writeWhole } from "../../runtime/files.ts";
import { lockHash } from "../../runtime/revision.ts";
import type { EmbedOutcome } from "./run.ts";

export interface RunFacts {
  readonly outcome: Pick<EmbedOutcome, "manifest" | "tally" | "kept" | "repaired" | "failed">;
  readonly ms: number;
  /** In USD; null where no price is known. */
  readonly cost: number | null;
  readonly commandLine: readonly string[];
  readonly gitSha: string | null;
}

/** Writes `run.json`: how the last run went. */
export function writeRunRecord(folder: string, { outcome, ms, cost, commandLine, gitSha }: RunFacts): void {
  const { manifest, tally, kept, repaired, failed } = outcome;
  const record = {
    ...{ command_line: commandLine, git_sha: gitSha, tool: { package: PACKAGE_NAME, version: VERSION } },
    ...{ lock_sha256: lockHash(), created_at: recordDate() },
    counts: {
      rows_total: manifest.rows_total,
      shards: manifest.shards.length,
      kept,
      repaired,
      embedded: tally.texts,
      failed,
    },
    ...{
      failures: tally.failures,
      requests: tally.requests,
      retries: tally.retries,
      retries_after: tally.retriesAfter,
    },
    ...{ tokens: tally.tokens, tokens_spent: tally.spent, cost_usd: cost },
    ...{ duration_s: round(ms / 1000), texts_per_s: round((1000 * tally.texts) / ms) },
  };
  writeWhole(`${folder}/run.json`, `${JSON.stringify(record, null, 2)}\n`);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
