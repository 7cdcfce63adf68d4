import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import test from "node:test";
import { bytesOf } from "../../src/data/dtype.ts";
import { kmeans } from "../../src/pipeline/kmeans/kmeans.ts";
import { askPython } from "../support/ask.ts";
import { clusteredRows, type ClusteredRows } from "../support/clusters.ts";
import { missingPython } from "../support/python.ts";
import { withTempFolder } from "../support/temp.ts";

// scikit-learn's own result, and its opinion of ours: labels and inertia for our centroids, in float64.
const JUDGE = `
import json, os, sys
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1" # threads that spin wait for ever where others work
import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin_min

folder, dim, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
read = lambda name, dtype: np.fromfile(f"{folder}/{name}", dtype)
rows = read("rows", "<f4").reshape(-1, dim).astype(np.float64)
centroids, labels = read("centroids", "<f4").reshape(k, dim).astype(np.float64), read("labels", "<u4")
nearest, distances = pairwise_distances_argmin_min(rows, centroids)
own = np.linalg.norm(rows - centroids[labels], axis=1)
peer = MiniBatchKMeans(n_clusters=k, batch_size=1024, random_state=0, n_init="auto").fit(rows.astype(np.float32))
full = KMeans(n_clusters=k, init=centroids, n_init=1).fit(rows)
print(json.dumps({
    "inertia": float((own**2).sum()),
    "excess": float(np.max(own - distances)),
    "minibatch": float(peer.inertia_),
    "lloyd": float(full.inertia_),
}))
`;

interface Judgement {
  /** Of our labels and centroids. */
  readonly inertia: number;
  /** How much farther a row is from its centroid than from the nearest, at most. */
  readonly excess: number;
  /** The inertia that scikit-learn comes to: on its own, and with full k-means from our centroids. */
  readonly minibatch: number;
  readonly lloyd: number;
}

const cases: ClusteredRows[] = [
  { rows: 9000, k: 50, dim: 64, spread: 0.1, seed: 1 },
  { rows: 9000, k: 50, dim: 48, spread: 0.02, seed: 2 },
  { rows: 6000, k: 30, dim: 33, spread: 1, seed: 3 }, // hardly any clusters
];

test(
  "inertia is within 1 % of scikit-learn's or better, and true",
  { skip: missingPython("numpy", "sklearn") },
  async () => {
    for (const spec of cases) {
      const { sample } = clusteredRows(spec);
      for (const algorithm of ["minibatch", "lloyd"] as const) {
        const found = await kmeans(sample, spec.dim, {
          k: spec.k,
          key: [5, 0],
          algorithm,
          workers: 0,
          maxEpochs: 1000,
        });
        const judged = await withTempFolder(async (folder) => {
          writeFileSync(`${folder}/rows`, bytesOf(sample));
          writeFileSync(`${folder}/centroids`, bytesOf(found.centroids));
          writeFileSync(`${folder}/labels`, bytesOf(found.labels));
          return askPython<Judgement>(JUDGE, folder, `${spec.dim}`, `${spec.k}`);
        });
        const what = `${algorithm}, spread ${spec.spread}: ${JSON.stringify(judged)}`;
        assert.ok(Math.abs(found.inertia / judged.inertia - 1) < 1e-6, `${found.inertia} is wrong, ${what}`);
        assert.ok(judged.excess < 1e-5, what);
        assert.ok(found.inertia < 1.01 * judged.minibatch, `${found.inertia} is more, ${what}`);
        // Full k-means that has ended has nothing to gain but what float32 centroids lose.
        assert.ok(found.inertia < (algorithm === "lloyd" ? 1.00001 : 1.02) * judged.lloyd, `${found.inertia}, ${what}`);
      }
    }
  },
);
