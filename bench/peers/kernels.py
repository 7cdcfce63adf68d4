"""NumPy's side of the kernel bench: answers each line `name\tseconds` with what its calls took, as JSON.

An answer is {"seconds": those of every call, "bytes": length of what a call gives, null unless it is bytes}. For 0 seconds
the kernel is called once, without another call before it.

Usage: python kernels.py COUNT [FOLDER]: how many values (or bytes, or lines) a call is to make, and where the arrays of
images are that some kernels work on, which are not there without them.
"""

import json
import sys
import threading
import time
import zlib

import numpy as np

from memorykernels import open_kernels as open_memory_kernels

count = int(sys.argv[1])
rng = np.random.default_rng(42)
floats = np.empty(count, dtype=np.float32)
normals = rng.standard_normal(count, dtype=np.float32)
data = rng.bytes(count)
lines = np.array([b'{"cls":"A"}\n', b'{"cls":"B"}\n', b'{"cls":"C"}\n'])
codes = rng.integers(0, 3, count, dtype=np.uint8)


def draw_codes():
    draws = rng.random(dtype=np.float32, out=floats)
    return (draws >= 0.1).view(np.uint8) + (draws >= 0.4).view(np.uint8)


def summarize():
    wide = normals.astype(np.float64)  # once: faster than sums that widen each value
    return normals.min(), normals.max(), wide.sum(), wide @ wide, np.count_nonzero(np.isnan(normals))


def fill_in_threads(threads):
    """Normals as in the bench of our workers: FILLS a thread."""

    def fill(thread):
        for _ in range(FILLS):
            rngs[thread].standard_normal(dtype=np.float32, out=outs[thread])

    rngs = [np.random.Generator(np.random.PCG64(seed)) for seed in np.random.SeedSequence(42).spawn(threads)]
    outs = [np.empty(count, dtype=np.float32) for _ in range(threads)]
    others = [threading.Thread(target=fill, args=[thread]) for thread in range(1, threads)]
    for other in others:
        other.start()
    fill(0)
    for other in others:
        other.join()


FILLS = 50
kernels = {
    "integers": lambda: rng.integers(0, 2**32, count, dtype=np.uint32),
    "random_raw": lambda: rng.bit_generator.random_raw(count // 2),  # 64 bits each
    "random": lambda: rng.random(dtype=np.float32, out=floats),
    "standard_normal": lambda: rng.standard_normal(dtype=np.float32, out=floats),
    "randn": lambda: np.random.randn(count),
    "codes": draw_codes,
    "summary": summarize,
    "zlib.crc32": lambda: zlib.crc32(data),
    "fill_1": lambda: fill_in_threads(1),
    "fill_2": lambda: fill_in_threads(2),
    "take": lambda: lines.take(codes).tobytes(),
}
kernels |= open_memory_kernels()

if len(sys.argv) > 2:
    from imagekernels import open_kernels

    kernels |= open_kernels(sys.argv[2])


def measure(kernel, seconds):
    if seconds > 0:
        kernel()
    samples = []
    end = time.perf_counter() + seconds
    while (before := time.perf_counter()) < end or not samples:
        result = kernel()
        samples.append(time.perf_counter() - before)
    return {"seconds": samples, "bytes": len(result) if isinstance(result, bytes) else None}


print("ready", flush=True)
for line in sys.stdin:
    name, seconds = line.split("\t")
    print(json.dumps(measure(kernels[name], float(seconds))), flush=True)
