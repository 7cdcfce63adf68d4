import { withoutPassword } from "../../runtime/url.ts";

const SECRET = /token|secret|passw|credential|signature|api.?key|authorization|session|^(?:sig|key|auth|pwd)$/i;

/** A URL as records and messages tell it: without name and password, and without what its query has under names such as `token`. */
export function shownUrl(url: URL): string {
  const shown = new URL(withoutPassword(url.href));
  shown.hash = "";
  for (const name of new Set(shown.searchParams.keys())) {
    if (SECRET.test(name)) shown.searchParams.set(name, "hidden");
  }
  return shown.href;
}
