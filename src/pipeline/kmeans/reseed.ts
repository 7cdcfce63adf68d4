import type { Frame } from "../../core/kmeans/frame.ts";
import type { Clusters, Taken } from "../../core/kmeans/nearest.ts";
import { strideOf } from "../../core/kmeans/rows.ts";

/**
 * Gives clusters without rows the rows that are the farthest from their centroids as new ones, no two equal; returns how
 * many. `taken` is what the clusters took of the whole sample.
 */
export function reseed(
  clusters: Clusters,
  { distances }: Taken,
  sample: Float32Array,
  dim: number,
  frame: Frame,
): number {
  const empty = [...clusters.counts()].flatMap((count, cluster) => (count === 0 ? [cluster] : []));
  if (empty.length === 0) return 0;
  const rows = [...distances.keys()].filter((row) => distances[row]! > 0);
  rows.sort((a, b) => distances[b]! - distances[a]! || a - b);
  const places: Float32Array[] = [];
  for (const row of rows) {
    if (places.length === empty.length) break;
    const place = new Float32Array(strideOf(dim));
    frame.enter(place.subarray(0, dim), sample.subarray(row * dim, (row + 1) * dim));
    if (!places.some((other) => other.every((value, i) => value === place[i]))) places.push(place);
  }
  places.forEach((place, at) => clusters.centroid(empty[at]!).set(place));
  clusters.prepare();
  return places.length;
}
