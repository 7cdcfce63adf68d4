import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Python process that measures NumPy's kernels when asked. */
export interface Peers {
  /** Calls the kernel for that long; the seconds of every call. */
  measure(kernel: string, seconds: number): Promise<number[]>;
  close(): void;
}

/** Starts `peers/kernels.py`; each of its calls makes `count` values. */
export async function openPeers(python: string, count: number): Promise<Peers> {
  const script = fileURLToPath(new URL("peers/kernels.py", import.meta.url));
  // One thread, as the kernels beside it.
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const child = spawn(python, [script, String(count)], { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("Cannot measure NumPy: its process ended early");
    return value as string;
  };
  await nextLine(); // it has imported what it needs
  return {
    async measure(kernel, seconds) {
      child.stdin.write(`${kernel} ${seconds}\n`);
      return JSON.parse(await nextLine()) as number[];
    },
    close: () => child.stdin.end(),
  };
}
