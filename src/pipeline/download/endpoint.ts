import { InputError } from "../../data/errors.ts";
import { environment } from "../../runtime/environment.ts";
import { isUrl, withoutPassword } from "../../runtime/url.ts";

/** The address of a service, without a slash at its end: from the environment, or the usual one. */
export function endpointOf(variable: string, usual: string): string {
  const endpoint = (environment(variable) ?? usual).replace(/\/+$/, "");
  const url = isUrl(endpoint) && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || url.username || url.password || url.search || url.hash)
    throw new InputError(`${variable} "${withoutPassword(endpoint)}" is not allowed: give http://host or https://host`);
  return endpoint;
}
