const ALPHABET = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 61; // =

export function base64Length(byteLength: number): number {
  return 4 * Math.ceil(byteLength / 3);
}

/** Writes bytes as base64 (RFC 4648, section 4) into `out` from `at` on; returns where it ends. */
export function base64Into(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const whole = bytes.length - (bytes.length % 3);
  let to = at;
  for (let i = 0; i < whole; i += 3) {
    const three = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out[to++] = ALPHABET[three >> 18]!;
    out[to++] = ALPHABET[(three >> 12) & 63]!;
    out[to++] = ALPHABET[(three >> 6) & 63]!;
    out[to++] = ALPHABET[three & 63]!;
  }
  if (whole === bytes.length) return to;
  const rest = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8);
  out[to++] = ALPHABET[rest >> 18]!;
  out[to++] = ALPHABET[(rest >> 12) & 63]!;
  out[to++] = whole + 1 < bytes.length ? ALPHABET[(rest >> 6) & 63]! : PADDING;
  out[to++] = PADDING;
  return to;
}
