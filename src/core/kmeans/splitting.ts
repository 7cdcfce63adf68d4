import type { Core } from "../instance.ts";
import { createClusters, takeRows, type Clusters, type Taken } from "./nearest.ts";
import { storeRows, type StoredRows } from "./rows.ts";

const TURNS = 2; // of 2-means: what is left to gain then is gained by the turns over all clusters
const NUDGE = 1 / 16;

/** Two clusters in place of one. */
interface Split {
  readonly cluster: number;
  /** By how much the sum of squared distances falls. */
  readonly gain: number;
  /** Shape (2, stride). */
  readonly centroids: Float32Array;
}

/** What splitting a cluster of these members gave: as long as they stay, it gives the same again. */
interface Halved extends Pick<Split, "centroids"> {
  readonly members: readonly number[];
  readonly inertia: number;
}

/** One cluster in place of two. */
interface Merge {
  readonly pair: readonly [number, number];
  /** By how much the sum of squared distances rises (Ward, "Hierarchical grouping to optimize an objective function", 1963). */
  readonly loss: number;
}

/** Finds splits and merges that pay; see `createRepair`. */
export interface Repair {
  /**
   * Moves centroids; `taken` is what they took of the stored rows, and the counts of the clusters are those of it.
   * Returns the number of pairs merged.
   */
  run(taken: Taken): number;
}

/**
 * Merges two clusters and splits a third wherever that lowers the sum of squared distances: what no turn of k-means does
 * (Kaukoranta, Fränti and Nevalainen, "Iterative split-and-merge algorithm for vector quantization codebook generation",
 * 1998). Each cluster takes part once in a run. For `coarse` see `coarseFor`.
 */
export function createRepair(core: Core, stored: StoredRows, clusters: Clusters, coarse: number): Repair {
  const halves = createClusters(core, stored.dim, 2);
  const scratch = storeRows(core, stored.dim, stored.count);
  const halved: (Halved | undefined)[] = [];
  return {
    run({ labels, distances }) {
      const splits = membersOf(labels, clusters.k).map((members, cluster): Split => {
        const before = members.reduce((sum, row) => sum + distances[row]!, 0);
        const last = halved[cluster];
        const isSame = last?.members.length === members.length && last.members.every((row, at) => row === members[at]);
        const now = isSame ? last : halve(cluster, members, distances);
        halved[cluster] = now;
        return { cluster, gain: before - now.inertia, centroids: now.centroids };
      });
      splits.sort((a, b) => b.gain - a.gain || a.cluster - b.cluster);
      return exchange(clusters, splits, mergesOf(clusters));
    },
  };

  /** 2-means of the members of a cluster, from both sides of its centroid on the line to its farthest member. */
  function halve(cluster: number, members: readonly number[], distances: Float64Array): Halved {
    if (members.length < 2) return { members, inertia: Infinity, centroids: new Float32Array() };
    scratch.clear();
    for (const row of members) scratch.addPadded(stored.row(row));
    const [centre, farthest] = [clusters.centroid(cluster), scratch.row(farthestOf(members, distances))];
    const [near, far] = [halves.centroid(0), halves.centroid(1)];
    centre.forEach((value, i) => {
      const step = NUDGE * (farthest[i]! - value);
      near[i] = value + step;
      far[i] = value - step;
    });
    halves.prepare();
    const take = () => takeRows(halves, scratch, 0, members.length, coarse);
    for (let turn = 0; turn < TURNS; turn++) {
      halves.clear();
      take();
      halves.moveToMeans();
    }
    return { members, inertia: sumOf(take().distances), centroids: halves.centroids().slice() };
  }
}

/** The place among `rows` of the row with the greatest distance. */
function farthestOf(rows: readonly number[], distances: Float64Array): number {
  let farthest = 0;
  rows.forEach((row, at) => {
    if (distances[row]! > distances[rows[farthest]!]!) farthest = at;
  });
  return farthest;
}

/** For each cluster its cheapest merge, the cheapest first. */
function mergesOf(clusters: Clusters): Merge[] {
  const counts = clusters.counts();
  const merges = Array.from({ length: clusters.k }, (_, cluster): Merge => {
    let [partner, loss] = [-1, Infinity];
    clusters.from(cluster).forEach((square, other) => {
      const [a, b] = [counts[cluster]!, counts[other]!];
      const cost = a === 0 || b === 0 ? 0 : (a / (a + b)) * b * square;
      if (other !== cluster && cost < loss) [partner, loss] = [other, cost];
    });
    return { pair: [cluster, partner], loss };
  });
  return merges.filter(({ pair }) => pair[1] >= 0).sort((a, b) => a.loss - b.loss || a.pair[0] - b.pair[0]);
}

/** Carries out what pays, the most worthwhile first. */
function exchange(clusters: Clusters, splits: readonly Split[], merges: readonly Merge[]): number {
  const { stride } = clusters;
  const counts = clusters.counts();
  const moved = new Set<number>();
  let merged = 0;
  for (const { cluster, gain, centroids: halves } of splits) {
    if (moved.has(cluster)) continue;
    const isOpen = ({ pair }: Merge) => pair.every((one) => one !== cluster && !moved.has(one));
    const at = merges.findIndex(isOpen);
    if (at < 0 || merges[at]!.loss >= gain) break;
    const [kept, freed] = merges[at]!.pair;
    const share = counts[freed]! / Math.max(1, counts[kept]! + counts[freed]!);
    const [into, from] = [clusters.centroid(kept), clusters.centroid(freed)];
    for (let i = 0; i < stride; i++) into[i]! += share * (from[i]! - into[i]!);
    clusters.centroid(freed).set(halves.subarray(0, stride));
    clusters.centroid(cluster).set(halves.subarray(stride));
    for (const one of [cluster, kept, freed]) moved.add(one);
    merged++;
  }
  clusters.prepare();
  return merged;
}

function membersOf(labels: Uint32Array, k: number): number[][] {
  const members = Array.from({ length: k }, (): number[] => []);
  labels.forEach((label, row) => members[label]!.push(row));
  return members;
}

export function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
