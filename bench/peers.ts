import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A Python process that measures NumPy's kernels when asked. */
export interface Peers {
  /** Calls the kernel once unmeasured, then for that long; for 0 seconds once in all. */
  measure(kernel: string, seconds: number): Promise<PeerCalls>;
  close(): void;
}

interface PeerCalls {
  /** Of every call. */
  readonly seconds: readonly number[];
  /** Length of what a call gives, where that is bytes. */
  readonly bytes: number | null;
}

export interface PeersOptions {
  /** Values that a call makes. */
  readonly count: number;
  /** Where the arrays of images are; without it there are no kernels for images. */
  readonly arrays: string | undefined;
}

/** Starts `peers/kernels.py`. */
export async function openPeers(python: string, { count, arrays }: PeersOptions): Promise<Peers> {
  const script = fileURLToPath(new URL("peers/kernels.py", import.meta.url));
  const args = ["-B", script, String(count), ...(arrays ? [arrays] : [])]; // no __pycache__ beside the scripts
  // One thread, as the kernels beside it.
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("Cannot measure NumPy: its process ended early");
    return value as string;
  };
  await nextLine(); // it has imported what it needs
  return {
    async measure(kernel, seconds) {
      child.stdin.write(`${kernel}\t${seconds}\n`);
      return JSON.parse(await nextLine()) as PeerCalls;
    },
    close: () => child.stdin.end(),
  };
}
