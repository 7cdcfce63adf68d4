import { InputError } from "../../data/errors.ts";
import { withoutPassword } from "../../runtime/url.ts";

/** Whether the endpoint is a server's URL; all else without a scheme is a folder. Throws `InputError` for another scheme. */
export function isPostgresUrl(endpoint: string): boolean {
  if (/^postgres(?:ql)?:\/\//i.test(endpoint)) return true;
  if (endpoint !== "" && !/^[a-z][a-z0-9+.-]+:/i.test(endpoint)) return false;
  throw wrong(endpoint, "neither a server of PostgreSQL nor a folder");
}

/** What the client is told. Throws `InputError` for what cannot be the URL of a server. */
export function postgresUrl(endpoint: string): URL {
  if (!URL.canParse(endpoint)) throw wrong(endpoint, "not a URL");
  const url = new URL(endpoint);
  if (/@/.test(url.pathname + url.search + url.hash)) {
    throw wrong(endpoint, "the characters @ / ? # of a name or password are written as %40 %2F %3F %23");
  }
  if (url.hash) throw wrong(endpoint, "# does not belong there");
  try {
    [url.username, url.password, url.pathname].forEach(decodeURIComponent);
  } catch {
    throw wrong(endpoint, "a % of a name or password is written as %25");
  }
  // The client treats them all alike, and warns at length that it will not do so for ever.
  const mode = url.searchParams.get("sslmode");
  if (mode === "prefer" || mode === "require" || mode === "verify-ca") url.searchParams.set("sslmode", "verify-full");
  return url;
}

function wrong(endpoint: string, what: string): InputError {
  const shown = withoutPassword(endpoint).replace(/[?#].*/s, "");
  return new InputError(
    `Endpoint "${shown}": ${what}; expected a URL such as postgres://user@localhost:5432/database, or a folder`,
  );
}
