import { Refusal, type DoubleAnswer } from "./httpdouble.ts";

export interface ErrorBody {
  readonly message: string;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** An error as the real server writes it. */
export function errorAnswer(status: number, error: ErrorBody, headers?: DoubleAnswer["headers"]): DoubleAnswer {
  const { message, type = "invalid_request_error", param = null, code = null } = error;
  return { status, body: JSON.stringify({ error: { message, type, param, code } }, null, 2), headers };
}

export function refuse(status: number, error: ErrorBody, headers?: DoubleAnswer["headers"]): never {
  throw new Refusal(errorAnswer(status, error, headers));
}

/** A span of time as the real server's headers give it: `120ms`, `8.64s`, `6m0s`, `1h2m3s`. */
export function durationText(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1000) return `${whole}ms`;
  const seconds = Number(((whole % 60_000) / 1000).toFixed(3));
  const minutes = Math.floor(whole / 60_000);
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${seconds}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}
