import { InputError } from "../../data/errors.ts";
import { PACKAGE_NAME, VERSION } from "../../data/version.ts";
import { BudgetExceeded } from "../../embed/budget.ts";
import { EmbedFailure } from "../../embed/failures.ts";
import { recordDate } from "../../runtime/environment.ts";
import { writeWhole } from "../../runtime/files.ts";
import { lockHash } from "../../runtime/revision.ts";
import { Interrupted } from "../../runtime/system.ts";
import { shown } from "../../data/fields.ts";
import type { EmbedOutcome } from "./run.ts";

const MAX_MESSAGE = 500;

export interface RunFacts {
  readonly outcome: Pick<EmbedOutcome, "manifest" | "tally" | "kept" | "repaired" | "failed">;
  readonly ms: number;
  /** In USD; null where no price is known. */
  readonly cost: number | null;
  readonly commandLine: readonly string[];
  readonly gitSha: string | null;
  /** What ended the run early. */
  readonly error?: unknown;
}

/** Writes `run.json`: how the last run went, also where it was stopped. */
export function writeRunRecord(folder: string, { outcome, ms, cost, commandLine, gitSha, error }: RunFacts): void {
  const { manifest, tally, kept, repaired, failed } = outcome;
  const record = {
    ...{ command_line: commandLine, git_sha: gitSha, tool: { package: PACKAGE_NAME, version: VERSION } },
    ...{ lock_sha256: lockHash(), created_at: recordDate() },
    ...endOf(error),
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

/** How a run ended: `reason` is a word for programs, `message` says more in one line. */
function endOf(error: unknown): { state: "complete" | "stopped"; reason: string | null; message: string | null } {
  if (error === undefined) return { state: "complete", reason: null, message: null };
  if (error instanceof Interrupted) return { state: "stopped", reason: "interrupted", message: null };
  const message = shown(error instanceof Error ? error.message : String(error), MAX_MESSAGE);
  return { state: "stopped", reason: reasonOf(error), message };
}

function reasonOf(error: unknown): string {
  if (error instanceof BudgetExceeded) return "budget";
  if (error instanceof EmbedFailure) return error.kind;
  return error instanceof InputError ? "input" : "error";
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
