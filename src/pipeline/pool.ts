import { coreModule } from "../core/instance.ts";
import type { Pass } from "../data/plan.ts";
import { startThread, threadScript, type Thread, type ThreadScript } from "../runtime/threads.ts";
import { buffersOf, type Executor, type OwnedBlock, type SpareBuffers } from "./executor.ts";
import { createInlineExecutor } from "./inline.ts";
import { sendPasses, type BlockAnswer, type BlockRequest, type WorkerStart } from "./messages.ts";

const QUEUED_PER_WORKER = 2; // one being made, one waiting, so that no worker idles for the length of a message

interface Member {
  isUp: boolean;
  queued: number;
  thread: Thread<BlockRequest> | undefined;
}

interface Waiting {
  resolve(block: OwnedBlock): void;
  reject(error: Error): void;
}

/**
 * Makes blocks on `workers` threads, and on the calling one until the first of them is up. A thread that fails or dies
 * fails every block, at once and for good.
 */
export function createPool(passes: readonly Pass[], workers: number): Executor {
  const spare: SpareBuffers[] = [];
  const local = createInlineExecutor(passes, spare);
  const waiting = new Map<number, Waiting>();
  const members: Member[] = [];
  let nextId = 0;
  let failure: Error | undefined;
  let closed = false;

  const fail = (reason: string, cause: unknown) => {
    failure ??= new Error(`A worker failed: ${reason}`, { cause });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const startMembers = (script: ThreadScript) => {
    if (closed) return;
    const sent = sendPasses(passes);
    for (let i = 0; i < workers; i++) {
      const member: Member = { isUp: false, queued: 0, thread: undefined };
      member.thread = startThread<WorkerStart, BlockRequest, BlockAnswer>(
        script,
        { module: coreModule(), passes: sent },
        {
          onReady() {
            member.isUp = true;
          },
          onAnswer(answer) {
            member.queued--;
            waiting.get(answer.id)?.resolve(answer.block);
            waiting.delete(answer.id);
          },
          onFailure: fail,
        },
      );
      members.push(member);
    }
  };
  const started = threadScript(workerModule())
    .then(startMembers)
    .catch((error: unknown) => fail("it cannot be started", error));

  return {
    concurrency: workers * QUEUED_PER_WORKER,
    make(address) {
      if (failure) return Promise.reject(failure);
      const member = leastBusy(members);
      if (!member) return local.make(address);
      const id = nextId++;
      const buffers = spare.pop() ?? [];
      member.queued++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        member.thread!.ask({ id, address, buffers }, buffers);
      });
    },
    recycle: (block) => void spare.push(buffersOf(block)),
    async close() {
      closed = true;
      waiting.clear();
      await started;
      await Promise.all(members.map((member) => member.thread!.stop()));
    },
  };
}

/** The member with the fewest blocks to make, of those that are up. */
function leastBusy(members: readonly Member[]): Member | undefined {
  let best: Member | undefined;
  for (const member of members) if (member.isUp && (!best || member.queued < best.queued)) best = member;
  return best;
}

/** The worker beside this module: TypeScript in the sources; once built, CommonJS, which starts in half the time. */
function workerModule(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.cjs", import.meta.url);
}
