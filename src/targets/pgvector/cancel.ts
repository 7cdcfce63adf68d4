import type { Client, Connection } from "pg";
import { limitSilence } from "../../runtime/socket.ts";

/** Of the client and its connection, what their types leave out. */
interface Secrets {
  readonly processID: number;
  readonly secretKey: number;
  readonly ssl: boolean;
}
type Wire = Connection & {
  connect(port: number, host: string): void;
  connect(path: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
};

const PATIENCE_MS = 1000;

/** Asks the server, on another connection, to end what the client has it do; never throws. */
export async function cancel(client: Client): Promise<void> {
  const { Connection: PgConnection } = await import("pg");
  const { processID, secretKey, ssl } = client as unknown as Secrets;
  const connection = new PgConnection({ ssl }) as Wire;
  const send = (): void => connection.cancel(processID, secretKey);
  await new Promise<void>((resolve) => {
    connection.on("error", () => resolve());
    connection.on("end", () => resolve()); // the server's only answer
    connection.on("connect", () => (ssl ? connection.requestSsl() : send()));
    connection.on("sslconnect", send);
    connection.stream.on("timeout", resolve);
    limitSilence(connection.stream, PATIENCE_MS);
    const { host, port } = client;
    if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
  connection.stream.destroy();
}
