"""The program a user writes first: np.random.randn and one json.dumps a line.

Usage: python vectors_first.py ROWS DIM FOLDER
"""

import json
import os
import sys

import numpy as np

rows, dim, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.makedirs(folder, exist_ok=True)
np.random.seed(42)

np.save(f"{folder}/vectors.npy", np.random.randn(rows, dim).astype(np.float32))

with open(f"{folder}/metadata.jsonl", "w") as file:
    for cls in np.random.choice(["A", "B", "C"], size=rows, p=[0.1, 0.3, 0.6]):
        file.write(json.dumps({"cls": str(cls)}) + "\n")
