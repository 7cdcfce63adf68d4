import { hash32 } from "./seeded.ts";
import { DIMENSION, engramVectors } from "./engramvectors.ts";
import { leastFirst } from "./leastfirst.ts";

export type Tier = "hot" | "warm" | "cold";

/** What a client sends for one memory, checked. */
export interface NewMemory {
  readonly id: string;
  readonly content: string;
  readonly embedding?: ArrayLike<number> | undefined;
  readonly confidence?: number | undefined;
  readonly timestamp?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export interface StoredMemory {
  readonly id: string;
  readonly content: string;
  readonly confidence: number;
  readonly activation: number;
  readonly timestamp: string;
  readonly tags: readonly string[];
  readonly tier: Tier;
  readonly hasEmbedding: boolean;
  readonly slot: number;
}

export interface SpaceOptions {
  readonly seed: number;
  readonly capacity: number;
  readonly dedup: boolean;
  readonly placeholder: boolean;
  readonly order: "hashed" | "shifting";
  readonly tierOf: (id: string) => Tier;
}

/** One memory space, with everything that the real one forgets. */
export interface EngramSpace {
  readonly memories: ReadonlyMap<string, StoredMemory>;
  /** How many were dropped as near copies, and how many gave way to newer ones. */
  readonly lost: { duplicates: number; evicted: number };
  /** The activation it got, whether or not it was kept. */
  store(memory: NewMemory): number;
  /** Loses a memory, as if it had been evicted. */
  forget(id: string): void;
  list(tier: Tier | "all", offset: number, limit: number): StoredMemory[];
  counts(): { hot: number; warm: number; cold: number; total: number };
  embeddingOf(memory: StoredMemory): Float32Array | undefined;
}

const DUPLICATE_COSINE = 0.95;
const DEFAULT_CONFIDENCE = 0.7;
const PLACEHOLDER = new Float32Array(DIMENSION).fill(0.5); // the same for every memory that comes without an embedding

export function engramSpace(options: SpaceOptions): EngramSpace {
  const memories = new Map<string, StoredMemory>();
  const vectors = engramVectors(options.dedup);
  const freeSlots: number[] = [];
  const queue = leastFirst();
  const lost = { duplicates: 0, evicted: 0 };
  const orders = new Map<Tier | "all", StoredMemory[]>();
  let slots = 0;
  const tierCounts = { hot: 0, warm: 0, cold: 0 };
  let changes = 0;

  const remove = (memory: StoredMemory): void => {
    memories.delete(memory.id);
    vectors.clear(memory.slot);
    freeSlots.push(memory.slot);
    tierCounts[memory.tier]--;
  };
  const evictLeastActive = (): void => {
    for (;;) {
      const least = queue.take();
      if (!least) return;
      const memory = memories.get(least.id);
      if (memory?.activation !== least.rank) continue; // it was replaced meanwhile
      remove(memory);
      lost.evicted++;
      return;
    }
  };
  const inOrder = (tier: Tier | "all"): StoredMemory[] => {
    const known = orders.get(tier);
    if (known) return known;
    const epoch = options.order === "shifting" ? options.seed + changes : options.seed;
    const ranked = [...memories.values()]
      .filter((memory) => tier === "all" || memory.tier === tier)
      .map((memory) => ({ memory, rank: hash32(memory.id, epoch) }));
    const order = ranked.sort((a, b) => a.rank - b.rank).map(({ memory }) => memory);
    orders.set(tier, order);
    return order;
  };

  return {
    memories,
    lost,
    store(memory) {
      const confidence = memory.confidence ?? DEFAULT_CONFIDENCE;
      const pressure = Math.min(memories.size / options.capacity, 1);
      const activation = confidence * (1 - 0.5 * pressure); // a full store takes new memories half as seriously
      changes++;
      orders.clear();
      if (memories.size >= options.capacity) evictLeastActive(); // even if the new one then is dropped
      const embedding = memory.embedding ?? (options.placeholder ? PLACEHOLDER : undefined);
      const vector = embedding instanceof Float32Array ? embedding : new Float32Array(embedding ?? []);
      if (options.dedup && embedding && vectors.find(vector, slots, DUPLICATE_COSINE) !== undefined) {
        lost.duplicates++;
        return 0.9 * activation;
      }
      const former = memories.get(memory.id);
      if (former) remove(former);
      const slot = freeSlots.pop() ?? slots++;
      if (embedding) vectors.set(slot, vector);
      const timestamp = memory.timestamp ?? new Date().toISOString();
      const { id, content, tags = [] } = memory;
      const tier = options.tierOf(id);
      const hasEmbedding = embedding !== undefined;
      memories.set(id, { id, content, confidence, activation, timestamp, tags, tier, hasEmbedding, slot });
      tierCounts[tier]++;
      queue.add(activation, id);
      return activation;
    },
    forget(id) {
      const memory = memories.get(id);
      if (!memory) return;
      orders.clear();
      remove(memory);
    },
    list: (tier, offset, limit) => inOrder(tier).slice(offset, offset + limit),
    counts: () => ({ ...tierCounts, total: memories.size }),
    embeddingOf: (memory) => (memory.hasEmbedding ? vectors.get(memory.slot) : undefined),
  };
}
