import { InputError } from "../data/errors.ts";
import { withoutPassword } from "../runtime/url.ts";

/** The URL of a server. Throws `InputError` for what cannot be one. */
export function httpEndpoint(text: string, example: string): URL {
  const wrong = (what: string, shown = ` "${withoutPassword(text)}"`) =>
    new InputError(`Endpoint${shown}: ${what}; expected a URL such as ${example}`);
  if (!URL.canParse(text)) throw wrong("not a URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw wrong(`${url.protocol} is not http: or https:`);
  if (url.username || url.password) throw wrong("a name or password does not belong there", "");
  if (url.search || url.hash) throw wrong("neither ? nor # belongs there");
  return url;
}
