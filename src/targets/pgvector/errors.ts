import { InputError } from "../../data/errors.ts";
import { lossOfService } from "../../runtime/connection.ts";
import { reasonOf } from "../../runtime/failure.ts";
import { TryAgain } from "../../runtime/retry.ts";

// PostgreSQL's documentation, appendix A, lists the codes.

/** The server ends, begins or is full, somebody was faster, or the connection is gone. */
const PASSING = /^(?:08|57P0[1235]$|53300$|25P0[34]$|40001$|40P01$)/;
/** Of a row: its values, the table's constraints, its triggers and views, the limits of a row. */
const DATA = /^(?:2[1237]|44|54|P0)/;
/** Of names, rights and whatever this server cannot do. */
const USERS = /^(?:0A|25006|28|3D|3F|42)/;
const NO_COPY = ["0A000", "08P01", "42601", "42501"];

/** The SQLSTATE of a server's refusal. */
function stateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined; // EPIPE is none
}

/** The server's words, on one line. */
export function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ").trim();
}

/** Whether single rows are to blame, and others may be stored. */
export function isOfData(error: unknown): boolean {
  return DATA.test(stateOf(error) ?? "");
}

/** Whether the server cannot do COPY, or not into a table of the session. */
export function isWithoutCopy(error: unknown): boolean {
  return NO_COPY.includes(stateOf(error) ?? "");
}

/** Whether the same may succeed on another connection. */
export function isPassing(error: unknown, isBroken: boolean): boolean {
  const state = stateOf(error);
  return state === undefined ? isBroken : PASSING.test(state);
}

/** The error for the user, of a statement that failed for good. */
export function failureOf(what: string, place: string, error: unknown): unknown {
  const state = stateOf(error);
  if (state === undefined) return error;
  const message = `Cannot ${what} at ${place}: ${wordsOf(error)}`;
  return USERS.test(state) ? new InputError(message, { cause: error }) : new Error(message, { cause: error });
}

/** Why no connection came about: `TryAgain`, or `InputError` for what the user has to set right. */
export function connectFailure(place: string, error: unknown, wasConnected: boolean): Error {
  const state = stateOf(error);
  const words = wordsOf(error);
  const wrong = (what: string, advice: string) =>
    new InputError(`Cannot reach PostgreSQL at ${place}: ${what}${advice}`, { cause: error });
  if (state === "3D000") return wrong(words, "; make it with createdb, or name another one in the URL");
  if (/^28/.test(state ?? "") || /^SASL: /.test(words)) {
    return wrong(words.replace("SASL: ", ""), "; check the user and the password of the URL");
  }
  if (state !== undefined) return PASSING.test(state) ? new TryAgain(words, { cause: error }) : wrong(words, "");
  if (/ SSL /.test(words)) return wrong(words, "; the URL may say ?sslmode=disable");
  const loss = lossOfService(error);
  if (loss.kind === "denied") return wrong(reasonOf(error), "");
  if (loss.kind === "no-tls") return wrong(loss.message, "; sslmode=no-verify in the URL takes any certificate");
  if (!wasConnected && loss.kind === "refused") return wrong(loss.message, "; is PostgreSQL running? See pg_isready");
  if (!wasConnected && loss.kind === "unknown-host") return wrong(loss.message, "");
  return new TryAgain(words === "timeout expired" ? SILENT : loss.message, { cause: error });
}

/** Of a server that says nothing. */
export const SILENT = "no word from it for too long";
