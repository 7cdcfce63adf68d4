"""The script that a NumPy user writes for speed: the float32 generator, lines joined in bulk; no checksums.

Usage: python vectors_bulk.py ROWS DIM FOLDER
"""

import os
import sys

import numpy as np

rows, dim, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(42)

np.save(f"{folder}/vectors.npy", rng.standard_normal((rows, dim), dtype=np.float32))

# Lines of one length: a table of byte strings, indexed by code, joins them without a loop.
lines = np.array([b'{"cls":"A"}\n', b'{"cls":"B"}\n', b'{"cls":"C"}\n'])
codes = np.searchsorted(np.array([0.1, 0.4], dtype=np.float32), rng.random(rows, dtype=np.float32), side="right")
lines[codes].tofile(f"{folder}/metadata.jsonl")
