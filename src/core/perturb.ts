import type { Core } from "./instance.ts";

/** Points around centroids. */
export interface ClusterShape {
  readonly dim: number;
  /** Shape (K, dim), row-major. */
  readonly centroids: Float32Array;
  /** Of the noise, in each coordinate. */
  readonly stdDev: number;
  /** Whether each point is divided by its length. */
  readonly normalize: boolean;
}

/**
 * Turns standard normals in the core's memory, shape (rows, dim), into points: centroid + stdDev * normal, `clusters` having
 * the number of each row's centroid, also in the core's memory.
 */
export type Perturber = (normals: Float32Array, clusters: Uint32Array) => void;

export function createPerturber(core: Core, { dim, centroids, stdDev, normalize }: ClusterShape): Perturber {
  const region = core.alloc(centroids.byteLength);
  new Float32Array(core.kernels.memory.buffer, region, centroids.length).set(centroids);
  return (normals, clusters) => {
    const [values, numbers] = [normals.byteOffset, clusters.byteOffset];
    core.kernels.perturb(values, region, numbers, clusters.length, dim, stdDev, Number(normalize));
  };
}
