import { InputError } from "../data/errors.ts";

/** Whether the place is a URL to download; all else names a local file. */
export function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

/** Throws `InputError` for what only begins as a URL. */
export function urlOf(place: string): URL {
  try {
    return new URL(place);
  } catch (cause) {
    throw new InputError(`Cannot read ${place}: it is no URL`, { cause });
  }
}

/** A URL as messages name it: without the user's password. */
export function nameOf(url: URL): string {
  const shown = new URL(url);
  [shown.username, shown.password] = ["", ""];
  return shown.href;
}

/** The place that a user gave, without the password that a URL may have. */
export function withoutPassword(place: string): string {
  return URL.canParse(place) ? place.replace(/\/\/[^/@]*@/, "//") : place;
}
