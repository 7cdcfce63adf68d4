import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Lets a socket emit `timeout` each time that nothing has gone either way for so long; never with 0. */
export function limitSilence(socket: Duplex, ms: number): void {
  (socket as Socket).setTimeout(ms);
}
