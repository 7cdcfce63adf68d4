import process from "node:process";
import { fileURLToPath } from "node:url";
import { askPython } from "./ask.ts";
import { missingPython } from "./python.ts";

const entry = fileURLToPath(new URL("../../src/gen.ts", import.meta.url));
const launcher =
  "deno" in process.versions
    ? [process.execPath, "run", "-A", "--no-prompt", entry]
    : [process.execPath, "--import", "tsx", entry];

/** Why tests at a terminal are skipped, or false where they run. Python opens the terminal. */
export function missingTerminal(): string | false {
  return process.platform === "win32" ? "needs a pseudo-terminal" : missingPython("pty");
}

export interface Typing {
  /** What the command asks, and the keys that are pressed then. */
  readonly question: string;
  readonly keys: string;
  /** A folder to look into while the command waits for an answer. */
  readonly folder: string;
  /** A program that runs to its end meanwhile. */
  readonly meanwhile?: readonly string[];
  /** The kind of terminal; default `xterm`. */
  readonly term?: string;
  /** A stream that goes to a file of that path in place of the terminal. */
  readonly redirected?: { readonly stream: "stdout" | "stderr"; readonly path: string };
}

export interface Session {
  /** Exit code; negative for a signal. */
  readonly code: number;
  /** Everything that was printed. */
  readonly screen: string;
  /** What was in `folder` when the question was asked; null where it never was. */
  readonly asked: readonly string[] | null;
}

const SESSION = `
import json, os, pty, select, subprocess, sys, time

request = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = request.get("term", "xterm")
    if request.get("redirected"):
        target = os.open(request["redirected"]["path"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, {"stdout": 1, "stderr": 2}[request["redirected"]["stream"]])
    os.execv(request["command"][0], request["command"])
screen, asked, deadline = b"", None, time.monotonic() + 30
while True:
    if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        os.kill(child, 9)
        sys.exit("No end within 30 s: " + repr(screen))
    try:
        text = os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody is there any more
        break
    if not text:
        break
    screen += text
    if asked is None and request["question"].encode() in screen:
        asked = sorted(os.listdir(request["folder"]))
        if request.get("meanwhile"):
            subprocess.run(request["meanwhile"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.write(terminal, request["keys"].encode())
status = os.waitpid(child, 0)[1]
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "screen": screen.decode(), "asked": asked}))
`;

/** Runs `seedbed <args>` from its sources at a terminal and answers its question. */
export function runAtTerminal(args: readonly string[], typing: Typing): Session {
  return askPython<Session>(SESSION, JSON.stringify({ ...typing, command: [...launcher, ...args] }));
}

/** The command line that a terminal would run, for `meanwhile`. */
export function commandLineOf(...args: string[]): string[] {
  return [...launcher, ...args];
}
