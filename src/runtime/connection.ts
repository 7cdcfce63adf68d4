import { codeOf, isDenied } from "./failure.ts";

/** Why there is no whole answer; the last two may pass: the connection ended, or nothing came for too long. */
export type LossKind = "refused" | "unknown-host" | "denied" | "no-tls" | "no-http" | "lost" | "silent";

/** The connection was lost, or never came about. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  readonly kind: LossKind;
  constructor(kind: LossKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

export const LOST = "the connection was lost";
const NO_HOST = "no such host";

const BY_CODE: Record<string, { readonly kind: LossKind; readonly words: string }> = {
  ENOTFOUND: { kind: "unknown-host", words: NO_HOST },
  EAI_AGAIN: { kind: "unknown-host", words: "the host's name could not be looked up" },
  ECONNREFUSED: { kind: "refused", words: "the connection was refused" },
  ECONNRESET: { kind: "lost", words: LOST },
  EPIPE: { kind: "lost", words: LOST },
  ETIMEDOUT: { kind: "lost", words: "the connection timed out" },
};

/** The error of a URL from anywhere: by its code, or in its own words, on one line. */
export function lossOfUrl(error: Error): ConnectionLost {
  if (error instanceof ConnectionLost) return error;
  const code = codeOf(error) ?? "";
  const kind = kindOf(error);
  const plain = BY_CODE[code]?.words ?? (error.message || code || "the connection failed").split("\n")[0]!;
  return new ConnectionLost(kind, kind === "denied" ? deniedWords(error) : plain, error);
}

/** The error of a service that the user runs: by its kind, which says where to look. */
export function lossOfService(error?: unknown): ConnectionLost {
  const kind = kindOf(error);
  return new ConnectionLost(kind, serviceWords(kind, error), error);
}

function serviceWords(kind: LossKind, error: unknown): string {
  const code = codeOf(error) ?? "";
  const message = messageOf(error);
  if (kind === "refused") return "nothing listens there";
  if (kind === "unknown-host") return NO_HOST;
  if (kind === "denied") return deniedWords(error);
  if (kind === "no-tls") return `no encrypted connection is possible (${code || message})`;
  return `${LOST}${code ? ` (${code})` : ""}`;
}

// Deno's lookup of a host's name does not say which right it wants.
function deniedWords(error: unknown): string {
  const right = /--allow-[a-z]+/.exec(messageOf(error))?.[0] ?? "--allow-net";
  return `not permitted (Deno: see ${right})`;
}

// Where Deno gives no code, its message says it.
function kindOf(error: unknown): LossKind {
  const code = codeOf(error) ?? "";
  const message = messageOf(error);
  const kind = BY_CODE[code]?.kind;
  if (kind === "refused" || /connection refused/i.test(message)) return "refused";
  if (kind === "unknown-host" || /failed to lookup/i.test(message)) return "unknown-host";
  if (isDenied(error) || code === "EPERM" || code === "EACCES") return "denied";
  if (/^EPROTO$|SSL|TLS|CERT/.test(code) || /certificate/i.test(message)) return "no-tls";
  return "lost";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
