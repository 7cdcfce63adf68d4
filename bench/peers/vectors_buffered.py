"""The fastest NumPy script on one thread that writes the same files: no checksums, and little memory.

Usage: python vectors_buffered.py ROWS DIM FOLDER

What makes it fast: the float32 generator, SFC64 (NumPy's quickest bit generator), one buffer that stays in the cache
instead of an array of the whole size, and metadata lines of one length taken from a table in bulk.
"""

import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # starts sooner: there is no linear algebra here

import numpy as np

rows, dim, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.makedirs(folder, exist_ok=True)
rng = np.random.Generator(np.random.SFC64(42))

header = {"descr": "<f4", "fortran_order": False, "shape": (rows, dim)}
buffer = np.empty(1 << 18, dtype=np.float32)
with open(f"{folder}/vectors.npy", "wb", buffering=0) as file:
    np.lib.format.write_array_header_1_0(file, header)
    for start in range(0, rows * dim, buffer.size):
        part = buffer[: rows * dim - start]
        rng.standard_normal(dtype=np.float32, out=part)
        file.write(part)

lines = np.array([b'{"cls":"A"}\n', b'{"cls":"B"}\n', b'{"cls":"C"}\n'])
draws = rng.random(rows, dtype=np.float32)
codes = (draws >= 0.1).view(np.uint8) + (draws >= 0.4).view(np.uint8)
lines.take(codes).tofile(f"{folder}/metadata.jsonl")
