"""NumPy's and zlib's side of the image kernels, on the arrays of a folder: `<split>_<field>.npy`."""

import itertools
import os
import zlib

import numpy as np

import images

IMAGES = 4096  # of a call, as in imagekernels.ts
WINDOW = 32768


def open_kernels(folder):
    """What `kernels.py` calls by name."""
    corpus = {
        split: {field: np.load(f"{folder}/{split}_{field}.npy") for field in ("images", "labels", "factors")}
        for split in ("train", "val", "test")
    }
    pixels = corpus["train"]["images"][: 2 * IMAGES].tobytes()
    middle = len(pixels) // 2
    history, chunk = pixels[middle - WINDOW : middle], pixels[middle:]
    seeds = itertools.count(42)

    def deflate():
        """One piece of a stream: the window before it is known, and it ends at a byte without ending the stream."""
        stream = zlib.compressobj(6, zlib.DEFLATED, -15, zdict=history)
        return stream.compress(chunk) + stream.flush(zlib.Z_SYNC_FLUSH)

    def savez():
        os.makedirs(f"{folder}/numpy", exist_ok=True)
        for split, arrays in corpus.items():
            np.savez_compressed(f"{folder}/numpy/{split}.npz", **arrays)

    if zlib.decompressobj(-15, zdict=history).decompress(deflate()) != chunk:
        raise RuntimeError("Cannot trust zlib: what it compressed inflates to something else")
    return {"draw images": lambda: images.generate(IMAGES, next(seeds)), "deflate": deflate, "savez_compressed": savez}
