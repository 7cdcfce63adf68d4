import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Runs `use` with the address of a server on this machine; `answer` is told how many requests came before. */
export async function withServer<T>(
  answer: (request: IncomingMessage, response: ServerResponse, number: number) => void,
  use: (url: string) => Promise<T>,
): Promise<T> {
  let number = 0;
  const server = createServer((request, response) => answer(request, response, number++));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/file`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
