"""Python's and NumPy's side of the kernels that make memories."""

import json

import numpy as np

DIM = 768
CENTROIDS = 100
ROWS = 336  # of a call, as in memorykernels.ts
VALUES = 4 * DIM  # of decimals, as there


def open_kernels():
    """What `kernels.py` calls by name."""
    rng = np.random.default_rng(42)
    normals = rng.standard_normal(VALUES, dtype=np.float32)
    coordinates = normals * np.float32(0.036)
    lists = {"1": normals.tolist(), "0.036": coordinates.tolist()}
    centroids = rng.standard_normal((CENTROIDS, DIM), dtype=np.float32)
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)

    def points():
        labels = rng.integers(0, CENTROIDS, ROWS)
        values = rng.standard_normal((ROWS, DIM), dtype=np.float32)
        values *= np.float32(0.1)
        values += centroids[labels]
        values /= np.linalg.norm(values, axis=1, keepdims=True)
        return values

    return {
        "json.dumps 1": lambda: json.dumps(lists["1"]),
        "json.dumps 0.036": lambda: json.dumps(lists["0.036"]),
        "astype(str) 1": lambda: normals.astype(str),
        "astype(str) 0.036": lambda: coordinates.astype(str),
        "points": points,
    }
