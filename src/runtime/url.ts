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
    throw new InputError(`Cannot read ${withoutPassword(place)}: it is no URL`, { cause });
  }
}

/** A URL as messages name it: without the user's password. */
export function nameOf(url: URL): string {
  const shown = new URL(url);
  [shown.username, shown.password] = ["", ""];
  return shown.href;
}

/** The file or URL that a user gave, without the name and password that a URL may have, be it a valid one or not. */
export function withoutPassword(place: string): string {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (url && (url.username || url.password)) {
    [url.username, url.password] = ["", ""];
    return url.href;
  }
  const end = place.lastIndexOf("@") + 1;
  const begin = URL_LIKE.exec(place)?.[0];
  if (begin === undefined || end === 0 || (url && KNOWN.includes(url.protocol))) return place;
  return (begin.endsWith(":") ? "" : begin) + place.slice(Math.max(end, begin.length)); // without a slash it is a name
}

const KNOWN = ["http:", "https:", "ftp:", "file:", "ws:", "wss:"]; // whose hosts URL finds

/** Begins with `//`, or with a word and a colon: neither a path nor `C:\`. */
const URL_LIKE = /^(?:(?:[^/\\:@]{2,}:)?[/\\]{2,}|[^/\\:@]{2,}:[/\\]?)/;
