import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const pem = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));

/** The file of the authority that signed the server's certificate. */
export const authority = pem("authority");

/** Runs `use` with the port of a server that speaks https. */
export async function withTls(
  answer: Parameters<typeof createServer>[1],
  use: (port: number) => Promise<void>,
): Promise<void> {
  const options = { cert: readFileSync(pem("cert")), key: readFileSync(pem("key")) };
  const server: Server = createServer(options, answer);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
