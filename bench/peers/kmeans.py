"""scikit-learn's side of the k-means bench: answers each line with what one fit took and came to, as JSON.

A line `make NAME` draws the rows of a case and writes them to FOLDER as `rows.f32` and the cluster of each as
`labels.u32`; the answer is {"rows", "dim"}. A line `fit` answers {"seconds", "inertia", "purity"} of MiniBatchKMeans.

Usage: python kmeans.py FOLDER ROWS DIM K
"""

import json
import sys
import time

import numpy as np
from sklearn.cluster import MiniBatchKMeans

folder, rows, dim, k = sys.argv[1], *map(int, sys.argv[2:])


def around(deviation, shares=None):
    """Rows around random unit vectors, of length 1 themselves, and which it was."""
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((k, dim), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    labels = rng.choice(k, rows, p=shares)
    x = rng.standard_normal((rows, dim), dtype=np.float32)
    x *= deviation
    x += centres[labels]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x, labels


def zipf(exponent):
    shares = 1 / np.arange(1, k + 1) ** exponent
    return shares / shares.sum()


cases = {
    "deviation 0.1": lambda: around(0.1),
    "deviation 0.02": lambda: around(0.02),
    "normals": lambda: (np.random.default_rng(7).standard_normal((rows, dim), dtype=np.float32), np.zeros(rows, int)),
    "unequal sizes": lambda: around(0.05, zipf(1.2)),
}


def purity(found):
    """The share of rows that belong to the commonest class of their cluster."""
    tally = np.zeros((k, k), int)
    np.add.at(tally, (found, labels), 1)
    return tally.max(axis=1).sum() / rows


x = labels = None
print("ready", flush=True)
for line in sys.stdin:
    what, _, name = line.strip().partition(" ")
    if what == "make":
        x, labels = cases[name]()
        x.astype("<f4").tofile(f"{folder}/rows.f32")
        labels.astype("<u4").tofile(f"{folder}/labels.u32")
        print(json.dumps({"rows": rows, "dim": dim}), flush=True)
        continue
    model = MiniBatchKMeans(n_clusters=k, batch_size=1024, random_state=0, n_init="auto")
    before = time.perf_counter()
    model.fit(x)
    seconds = time.perf_counter() - before
    print(json.dumps({"seconds": seconds, "inertia": float(model.inertia_), "purity": purity(model.labels_)}), flush=True)
