export type Fields = Readonly<Record<string, unknown>>;

const SHOWN_CHARACTERS = 200;

/** The object of a body, or undefined. */
export function fieldsIn(text: string): Fields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** One line of printable characters. */
export function shown(text: string, length = SHOWN_CHARACTERS): string {
  const line = text.slice(0, 4 * length).replaceAll(/[\p{C}\s]+/gu, " ").trim(); // prettier-ignore
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
