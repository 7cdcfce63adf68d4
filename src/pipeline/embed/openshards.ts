import { createItemsHash, unitsOf, type Item } from "./items.ts";
import type { Spool } from "./spool.ts";

/** A shard whose texts come in, and whose vectors come in any order; it is written when all are settled. */
export interface OpenShard {
  readonly shard: number;
  readonly items: readonly Item[];
  /** Of the items that have no vector, by their places, why. */
  readonly failed: ReadonlyMap<number, Failure>;
  readonly spool: Spool;
  /** Of the ids and texts so far, each followed by a newline. */
  itemsHash(): string;
}

interface Failure {
  readonly kind: string;
  readonly reason: string;
}

/** The shards of a run that are not written yet. */
export interface OpenShards {
  /** Takes the next item; true where its vector is still wanted, false where an earlier run left it. */
  add(item: Item): boolean;
  /** No more items will come. */
  end(): void;
  answer(indexes: readonly number[], vectors: Float32Array): void;
  fail(index: number, failure: Failure): void;
  /** Waits until there is room for more texts, unless what it waits for is among the items from `index` on. */
  room(index: number): Promise<void>;
  /** Resolves when all shards were written; throws what failed. */
  settled(): Promise<void>;
  /** Closes what is open. */
  close(): void;
}

interface Building extends OpenShard {
  readonly items: Item[];
  readonly failed: Map<number, Failure>;
  readonly first: number;
  unsettled: number;
  isFull: boolean;
  /** Of its items, as they count for memory. */
  units: number;
  addToHash(item: Item): void;
}

/** Of items that wait, see `unitsOf`. */
const MAX_UNITS = 1 << 22;
const MAX_OPEN = 256; // each has a file

/**
 * `write` is called with each shard that is settled, one at a time and in their order of settling. What it throws is thrown by
 * whichever of `answer`, `room` and `settled` comes next.
 */
export function createOpenShards(
  openSpool: (shard: number) => Spool,
  write: (shard: OpenShard) => Promise<void>,
): OpenShards {
  const open = new Map<number, Building>();
  /** The shards of the items whose vectors are wanted. */
  const waiting = new Map<number, Building>();
  let units = 0;
  let last: Building | undefined;
  let writing: Promise<void> = Promise.resolve();
  let fault: { readonly error: unknown } | undefined;
  let onWritten = (): void => {};

  const writeIfSettled = (building: Building): void => {
    if (!building.isFull || building.unsettled > 0) return;
    writing = writing.then(async () => {
      if (fault) return;
      try {
        await write(building);
        open.delete(building.shard);
        units -= building.units;
      } catch (error) {
        fault = { error };
      }
      onWritten();
    });
  };
  const fill = (building: Building | undefined): void => {
    if (!building || building.isFull) return;
    building.isFull = true;
    writeIfSettled(building);
  };
  const shardOf = (index: number): Building => {
    const building = waiting.get(index);
    if (!building) throw new Error(`Cannot take a vector of text ${index}: nobody waits for it`);
    return building;
  };
  const settle = (building: Building, indexes: readonly number[]): void => {
    for (const index of indexes) waiting.delete(index);
    building.unsettled -= indexes.length;
    writeIfSettled(building);
  };

  return {
    add(item) {
      let building = last;
      if (building?.shard !== item.shard) {
        fill(building);
        building = begin(item, openSpool(item.shard));
        open.set(item.shard, building);
        last = building;
      }
      const place = building.items.push(item) - 1;
      building.units += unitsOf(item);
      units += unitsOf(item);
      building.addToHash(item);
      if (building.spool.has(place, item.text)) return false;
      building.unsettled++;
      waiting.set(item.index, building);
      return true;
    },
    end: () => fill(last),
    answer(indexes, vectors) {
      const dim = vectors.length / indexes.length;
      for (let from = 0; from < indexes.length;) {
        const building = shardOf(indexes[from]!);
        let end = from + 1;
        while (end < indexes.length && shardOf(indexes[end]!) === building) end++;
        const some = indexes.slice(from, end);
        const places = some.map((index) => index - building.first);
        const texts = places.map((place) => building.items[place]!.text);
        building.spool.add(places, texts, vectors.subarray(from * dim, end * dim));
        settle(building, some);
        from = end;
      }
      if (fault) throw fault.error; // only now: these vectors are kept
    },
    fail(index, failure) {
      const building = shardOf(index);
      building.failed.set(index - building.first, failure);
      settle(building, [index]);
    },
    async room(index) {
      for (;;) {
        if (fault) throw fault.error;
        const [oldest] = open.values();
        const isAmongThem = !oldest || !oldest.isFull || index < oldest.first + oldest.items.length;
        if ((units <= MAX_UNITS && open.size <= MAX_OPEN) || isAmongThem) return;
        await new Promise<void>((resolve) => (onWritten = resolve));
      }
    },
    async settled() {
      await writing;
      if (fault) throw fault.error;
    },
    close() {
      for (const { spool } of open.values()) spool.close();
    },
  };
}

function begin({ shard, index }: Item, spool: Spool): Building {
  const hash = createItemsHash();
  return {
    ...{ shard, spool, first: index, items: [], failed: new Map(), unsettled: 0, isFull: false, units: 0 },
    addToHash: hash.add,
    itemsHash: hash.digest,
  };
}
