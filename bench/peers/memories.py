"""The program a user writes for synthetic memories: one memory after the other, each a line of json.dumps.

Usage: python memories.py COUNT CENTROIDS.npy|K OUTPUT.jsonl, where K makes that many random unit centroids
"""

import json
import os
import sys

import numpy as np

DIM = 768  # of random centroids
STD_DEV = 0.1
CONFIDENCE = 0.7
TOPICS = ["Astronomy", "Biology", "Chemistry", "Economics", "Geology", "History", "Linguistics", "Mathematics"]
VERBS = ["builds on", "contradicts", "depends on", "explains", "influences", "limits", "predicts", "transforms"]
OBJECTS = ["bridge design", "crop rotation", "folk tales", "ice ages", "light waves", "market prices", "trade winds"]


def load_centroids(source, rng):
    if not source.isdigit():
        return np.load(source)
    centroids = rng.standard_normal((int(source), DIM))
    return centroids / np.linalg.norm(centroids, axis=1, keepdims=True)


def make_memory(i, centroids, rng):
    cluster = int(rng.integers(len(centroids)))
    embedding = centroids[cluster] + rng.normal(0, STD_DEV, centroids.shape[1])
    embedding = (embedding / np.linalg.norm(embedding)).astype(np.float32)
    confidence = np.clip(CONFIDENCE + rng.uniform(-0.1, 0.1), 0.5, 1.0)
    topic, verb, obj = (pieces[rng.integers(len(pieces))] for pieces in (TOPICS, VERBS, OBJECTS))
    return {
        "content": f"Synthetic memory {i:07d}: {topic} {verb} {obj}.",
        "embedding": embedding.tolist(),
        "confidence": float(confidence),
        "id": f"synthetic-{i:07d}",
        "cluster": cluster,
    }


def main():
    count, source, output = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    rng = np.random.default_rng(42)
    centroids = load_centroids(source, rng)
    with open(output, "w") as file:
        for i in range(count):
            file.write(json.dumps(make_memory(i, centroids, rng)) + "\n")


if __name__ == "__main__":
    main()
