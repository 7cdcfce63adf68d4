"""vectors_buffered.py on all processors: NumPy's generators release the interpreter lock, so threads fill parts of the file.

Usage: python vectors_threads.py ROWS DIM FOLDER
"""

import os
import sys
import threading

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # starts sooner: there is no linear algebra here

import numpy as np

rows, dim, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.makedirs(folder, exist_ok=True)
path = f"{folder}/vectors.npy"
threads = os.cpu_count() or 1
rngs = [np.random.Generator(np.random.SFC64(seed)) for seed in np.random.SeedSequence(42).spawn(threads + 1)]

with open(path, "wb") as file:
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (rows, dim)})
    first_byte = file.tell()
    file.truncate(first_byte + 4 * rows * dim)


def fill(thread):
    end = rows * dim * (thread + 1) // threads
    start = rows * dim * thread // threads
    buffer = np.empty(1 << 18, dtype=np.float32)
    with open(path, "r+b", buffering=0) as file:
        file.seek(first_byte + 4 * start)
        for at in range(start, end, buffer.size):
            part = buffer[: end - at]
            rngs[thread].standard_normal(dtype=np.float32, out=part)
            file.write(part)


others = [threading.Thread(target=fill, args=[thread]) for thread in range(1, threads)]
for other in others:
    other.start()
fill(0)
lines = np.array([b'{"cls":"A"}\n', b'{"cls":"B"}\n', b'{"cls":"C"}\n'])
draws = rngs[threads].random(rows, dtype=np.float32)
codes = (draws >= 0.1).view(np.uint8) + (draws >= 0.4).view(np.uint8)
lines.take(codes).tofile(f"{folder}/metadata.jsonl")
for other in others:
    other.join()
