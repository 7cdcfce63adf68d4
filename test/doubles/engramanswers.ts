import { Refusal } from "./httpdouble.ts";

/** An answer before it is written: JSON, or plain text as the framework below the real server gives. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly retryAfter?: string | undefined;
}

/** The codes of errors and their status. */
export const errorCodes = {
  INVALID_MEMORY_INPUT: 400,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  MEMORY_NOT_FOUND: 404,
  QUERY_TIMEOUT: 408,
  MEMORY_VALIDATION_ERROR: 422,
  MEMORY_SYSTEM_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  MEMORY_CLUSTER_UNAVAILABLE: 503,
} as const;

/** An error as the real server writes it. */
export function errorAnswer(code: keyof typeof errorCodes, message: string, retryAfter?: string): Answer {
  return {
    status: errorCodes[code],
    retryAfter: retryAfter === "" ? undefined : retryAfter,
    json: {
      error: {
        code,
        message,
        educational_context: "What the double knows about it",
        cognitive_guidance: "What the double would do",
      },
      documentation: { reference: "/docs/errors", code },
    },
  };
}

export function refuse(code: keyof typeof errorCodes, message: string): never {
  throw new Refusal<Answer>(errorAnswer(code, message));
}

/** A refusal by the framework, before the server's own code sees the request. */
export function refusePlainly(status: number, text: string): never {
  throw new Refusal<Answer>({ status, text });
}

/** The answer to a memory, stored or silently dropped. */
export function rememberedAnswer(id: string, activation: number, observedAt: string, reasoning: string): Answer {
  const category = activation > 0.7 ? "High" : activation > 0.4 ? "Medium" : "Low";
  return {
    status: 201,
    json: {
      memory_id: id,
      storage_confidence: { value: activation, category, reasoning },
      consolidation_state: "Recent",
      observed_at: observedAt,
      stored_at: new Date().toISOString(),
      links: { consolidation: "/api/v1/consolidations" },
      auto_links: [],
      system_message: `Memory '${id}' got activation ${activation.toFixed(2)}`,
    },
  };
}

/** A short decimal of a float32: at most nine places where those read back to the same float32. */
export function shortDecimal(value: number): number {
  const rounded = Math.round(value * 1e9) / 1e9;
  return Math.fround(rounded) === value ? rounded : value;
}
