import type { Client } from "pg";
import type { CopyStreamQuery } from "pg-copy-streams";
import { InputError } from "../../data/errors.ts";
import { onAbort } from "../../runtime/abort.ts";
import { reasonOf } from "../../runtime/failure.ts";
import { limitSilence } from "../../runtime/socket.ts";
import { cancel } from "./cancel.ts";
import { feed } from "./copyin.ts";
import { connectFailure, SILENT } from "./errors.ts";
import type { PgServer, PgSession } from "./session.ts";
import { postgresUrl } from "./url.ts";

export interface ConnectionOptions {
  readonly endpoint: string;
  /** The password, where the URL has none. */
  readonly token?: string | undefined;
  readonly maxSessions: number;
  readonly signal?: AbortSignal | undefined;
  /** How long the server may say nothing. */
  readonly silenceMs: number;
}

const CONNECT_MS = 15_000;
const CLOSE_MS = 1000;

/** A server that is reached over the network; connects to nothing yet. */
export async function pgServer(options: ConnectionOptions): Promise<PgServer> {
  const { token, signal, silenceMs } = options;
  const connectionString = postgresUrl(options.endpoint).href;
  const { Client: PgClient } = await import("pg");
  const { default: copies } = await import("pg-copy-streams"); // all that a bundle of it has is the default
  const connectionTimeoutMillis = Math.min(CONNECT_MS, silenceMs);
  const config = { connectionString, connectionTimeoutMillis, keepAlive: true, fallback_application_name: "seedbed" };
  const newClient = (): Client => {
    try {
      const client = new PgClient(config);
      client.password ??= token;
      return client;
    } catch (error) {
      throw new InputError(`Cannot make a connection of that URL: ${reasonOf(error)}`); // whose causes may hold the URL
    }
  };
  const place = placeOf(newClient());
  let wasConnected = false;

  return {
    place,
    isNew: false,
    isEmbedded: false,
    maxSessions: options.maxSessions,
    async open() {
      signal?.throwIfAborted();
      const client = newClient();
      client.on("error", () => {}); // it is told again where it matters
      const release = onAbort(signal, () => client.connection.stream.destroy());
      try {
        await client.connect();
      } catch (error) {
        client.connection.stream.destroy();
        signal?.throwIfAborted();
        throw connectFailure(place, error, wasConnected);
      } finally {
        release();
      }
      wasConnected = true;
      return sessionOf(client, copies.from, signal, silenceMs);
    },
    async close() {},
  };
}

function placeOf({ host, port, database }: Client): string {
  const address = host.startsWith("/") ? encodeURIComponent(host) : host.includes(":") ? `[${host}]` : host;
  return `postgres://${address}:${port}/${encodeURIComponent(database ?? "")}`;
}

function sessionOf(
  client: Client,
  copyFrom: (sql: string) => CopyStreamQuery,
  signal: AbortSignal | undefined,
  silenceMs: number,
): PgSession {
  const socket = client.connection.stream;
  let isBroken = false;
  let cancelled: Promise<void> | undefined;
  client.on("error", () => (isBroken = true));
  client.on("end", () => (isBroken = true));
  socket.on("timeout", () => socket.destroy(new Error(SILENT)));

  const watched = async <T>(run: () => Promise<T>, isPatient = false): Promise<T> => {
    signal?.throwIfAborted();
    const release = onAbort(signal, () => {
      if (isPatient) cancelled = cancel(client); // it would go on for hours without anybody to tell
      socket.destroy();
    });
    limitSilence(socket, isPatient ? 0 : silenceMs);
    try {
      return await run();
    } finally {
      limitSilence(socket, 0);
      release();
    }
  };

  return {
    get isBroken() {
      return isBroken;
    },
    query: (sql, params, isPatient) =>
      watched(async () => {
        const { rows, rowCount } = await client.query<Record<string, unknown>>(sql, params && [...params]);
        return { rows, count: rowCount ?? 0 };
      }, isPatient),
    copy: (target, pieces) =>
      watched(() => feed(client.query(copyFrom(`COPY ${target} FROM STDIN WITH (FORMAT binary)`)), pieces)),
    async close() {
      isBroken = true;
      await cancelled;
      limitSilence(socket, CLOSE_MS); // a server that hangs says no farewell
      await client.end().catch(() => {});
    },
  };
}
