import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { postJson, rawRequest } from "../doubles/rawhttp.ts";
import { freePort } from "./freeport.ts";
import { runPython } from "./python.ts";

/** A real Chroma of its own, on loopback, with its data in a folder that is removed at the end. */
export interface TestChroma {
  readonly url: string;
  readonly pid: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Lets it run again, at the same address, with what it has stored. */
  start(): Promise<void>;
  /** The answer of a route below that of collections. */
  get(route: string): Promise<unknown>;
  post(route: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

const HOW = "Python with chromadb (without its dependencies will do), or its program in SEEDBED_CHROMA";
const COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections";

/** Why tests against it are skipped, or false where they run. With SEEDBED_ORACLES=required they always run. */
export function missingChroma(): string | false {
  if (process.env["SEEDBED_ORACLES"] === "required") return false;
  return commandOf() ? false : `needs a Chroma: ${HOW}`;
}

/** Makes and starts one. */
export async function startChroma(): Promise<TestChroma> {
  const command = commandOf();
  if (!command) throw new Error(`Cannot start a Chroma: expected ${HOW}`);
  const folder = mkdtempSync(join(tmpdir(), "seedbed-chroma-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const place = ["run", "--path", join(folder, "data"), "--port", String(port), "--host", "127.0.0.1"];
  let server: ChildProcess | undefined;
  const isRunning = (): boolean => server?.pid !== undefined && server.exitCode === null && server.signalCode === null;
  const killAtOnce = (): void => void server?.kill("SIGKILL");
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const atExit = (): void => {
    killAtOnce();
    remove();
  };
  process.on("exit", atExit);
  const kill = async (): Promise<void> => {
    killAtOnce();
    while (isRunning()) await sleep(5); // a wait for its end alone would keep no runtime alive
  };
  const start = async (): Promise<void> => {
    const [program, ...args] = [...command, ...place];
    server = spawn(program!, args, {
      cwd: folder,
      stdio: "ignore",
      env: { ...process.env, ANONYMIZED_TELEMETRY: "false" },
    });
    server.on("error", () => {}); // told by its having no pid
    server.unref();
    for (let tried = 0; ; tried++) {
      const answer = await rawRequest(`${url}/api/v2/heartbeat`).catch(() => undefined);
      if (answer?.status === 200) return;
      if (tried === 1000 || !isRunning()) throw new Error(`Cannot start a Chroma by ${command.join(" ")}`);
      await sleep(20);
    }
  };
  const taken = ({ status, text }: { status: number; text: string }): unknown => {
    if (status !== 200) throw new Error(`${status}: ${text}`);
    return JSON.parse(text);
  };
  await start();
  return {
    url,
    get pid() {
      return server!.pid!;
    },
    kill,
    start,
    get: async (route) => taken(await rawRequest(url + COLLECTIONS + route)),
    post: async (route, body) => taken(await postJson(url + COLLECTIONS + route, body)),
    async stop() {
      await kill();
      process.off("exit", atExit);
      remove();
    },
  };
}

/** What runs it without a launcher in between, so that the process that is killed is the server. */
function commandOf(): readonly string[] | undefined {
  const given = process.env["SEEDBED_CHROMA"];
  if (given !== undefined) return /\.[cm]?js$/.test(given) ? ["node", given] : [given];
  // The wheel holds the server as a library; its own program would ask for packages that only the client needs.
  const found = runPython("import sys, chromadb_rust_bindings; print(sys.executable)");
  const script = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', *sys.argv[1:]])";
  return found.ok ? [found.stdout.trim(), "-c", script] : undefined;
}
