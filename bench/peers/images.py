"""The program a user writes for image corpora: object by object into np.zeros((16, 16)), with np.random.default_rng.

Usage: python images.py N FOLDER [SEED]
       python images.py --sample N SEED GRID [PROCESSES], which prints what N images hold: tables of counts in JSON
"""

import json
import os
import sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from multiprocessing import Pool

import numpy as np

BLOB, RECTANGLE, LINE, PATTERN = range(4)
NAMES = ["blob", "rectangle", "line", "pattern"]
TYPES = [BLOB, BLOB, RECTANGLE, LINE, PATTERN]  # 0.4, 0.2, 0.2, 0.2
NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
ATTEMPTS, ORIGINS = 100, 50
GRAY = np.round(np.arange(10) * 255 / 9).astype(np.uint8)


def make_blob(rng):
    """2 to 15 cells, grown over the 8-neighbourhood: n neighbours in the blob weigh n * (n + 1)."""
    target = rng.integers(2, 16)
    cells = set()
    candidates = Counter()  # free cells, with how many neighbours they have in the blob
    cell = (0, 0)
    while True:
        cells.add(cell)
        candidates.pop(cell, None)
        if len(cells) == target:
            break
        for down, right in NEIGHBOURS:
            neighbour = (cell[0] + down, cell[1] + right)
            if neighbour not in cells:
                candidates[neighbour] += 1
        left = rng.integers(sum(n * (n + 1) for n in candidates.values()))
        for cell, n in candidates.items():
            left -= n * (n + 1)
            if left < 0:
                break
    rows, columns = np.array(list(cells)).T
    return filled(rows - rows.min(), columns - columns.min())


def make_rectangle(rng):
    while True:
        height, width = rng.integers(1, 6, 2)
        if 2 <= height * width <= 15:
            return np.ones((height, width), bool)


def make_line(rng):
    length = rng.integers(2, 9)
    kind = rng.integers(4)
    if kind == 0:
        return np.ones((1, length), bool)
    if kind == 1:
        return np.ones((length, 1), bool)
    diagonal = np.eye(length, dtype=bool)
    return diagonal if kind == 2 else diagonal[:, ::-1]


def make_pattern(rng):
    kind = rng.integers(5)
    if kind == 0:
        side = rng.integers(2, 4)
        shape = np.indices((side, side)).sum(axis=0) % 2 == 0  # checkerboard
    elif kind == 1:
        shape = np.zeros(rng.integers(2, 5, 2), bool)  # L
        shape[:, 0] = shape[-1, :] = True
    elif kind == 2:
        bar, stem = rng.integers(3, 5), rng.integers(2, 4)
        shape = np.zeros((1 + stem, bar), bool)  # T
        shape[0, :] = shape[:, (bar - 1) // 2] = True
    elif kind == 3:
        arm = rng.integers(2, 4)
        shape = np.zeros((2 * arm + 1, 2 * arm + 1), bool)  # plus
        shape[arm, :] = shape[:, arm] = True
    else:
        columns = np.arange(rng.integers(3, 8))
        shape = filled(columns % 2, columns)  # zigzag
    return np.rot90(shape, rng.integers(4))


def filled(rows, columns):
    shape = np.zeros((rows.max() + 1, columns.max() + 1), bool)
    shape[rows, columns] = True
    return shape


MAKERS = [make_blob, make_rectangle, make_line, make_pattern]


def make_image(rng, size):
    """An image of colours 0 to 9 and its factors."""
    count = rng.integers(1, 5)
    kinds = [(TYPES[rng.integers(5)], rng.integers(1, 10)) for _ in range(count)]
    for _ in range(ATTEMPTS):
        image = np.zeros((size, size), np.uint8)
        factors = np.zeros((4, 6), np.uint8)
        if all(place(rng, image, factors[slot], *kind) for slot, kind in enumerate(kinds)):
            break
    return image, factors


def place(rng, image, factors, kind, colour):
    """Draws a shape and a place for it; false when there is none."""
    shape = MAKERS[kind](rng)
    height, width = shape.shape
    if max(height, width) > len(image):
        return False
    for _ in range(ORIGINS):
        row, column = rng.integers(len(image) - height + 1), rng.integers(len(image) - width + 1)
        window = image[row : row + height, column : column + width]
        if not window[shape].any():
            window[shape] = colour
            factors[:] = 1, kind, colour, row, column, np.count_nonzero(shape)
            return True
    return False


def composition(factors):
    """The label: how many objects there are of each type, at most 3, in two bits each."""
    counts = np.bincount(factors[factors[:, 0] == 1, 1], minlength=4)
    return np.minimum(counts, 3) @ [1, 4, 16, 64]


def generate(n, seed, size=16):
    """Images (n, size, size), labels (n,) and factors (n, 4, 6), all uint8, in gray levels."""
    rng = np.random.default_rng(seed)
    images = np.zeros((n, size, size), np.uint8)
    labels = np.zeros(n, np.uint8)
    factors = np.zeros((n, 4, 6), np.uint8)
    for i in range(n):
        image, factors[i] = make_image(rng, size)
        images[i] = GRAY[image]
        labels[i] = composition(factors[i])
    return images, labels, factors


def write(n, folder, seed):
    os.makedirs(folder, exist_ok=True)
    images, labels, factors = generate(n, seed)
    counts = {"train": int(0.8 * n), "val": int(0.1 * n)}
    counts["test"] = n - sum(counts.values())
    start = 0
    for split, count in counts.items():
        rows = slice(start, start + count)
        path = f"{folder}/{split}.npz"
        np.savez_compressed(path, images=images[rows], labels=labels[rows], factors=factors[rows])
        start += count
    megabytes = images.nbytes / 2**20
    metadata = {
        "version": "1.0",
        "timestamp": datetime.now(timezone.utc).isoformat(),
        "generation_params": {
            "num_images": n,
            "seed": seed,
            "grid_size": images.shape[1],
            "splits": {"train": 0.8, "val": 0.1, "test": 0.1},
        },
        "dataset_info": {**{f"{split}_count": count for split, count in counts.items()}, "total_count": n},
        "memory_info": {
            "bytes_per_image": images[0].nbytes,
            "total_bytes": images.nbytes,
            "readable": f"{megabytes:.2f} MB",
        },
        "file_format": {"dtype": "uint8", "compression": "npz"},
    }
    with open(f"{folder}/metadata.json", "w") as file:
        json.dump(metadata, file, indent=2)


def tables(n, seed, size):
    """What images hold; shapes and boxes of images of one object only: objects may touch, even in one colour."""
    images, _, factors = generate(n, seed, size)
    counts = defaultdict(Counter)
    per_image = factors[:, :, 0].sum(axis=1)
    counts["objects"].update(per_image.tolist())
    counts["pixels of image"].update(np.count_nonzero(images, axis=(1, 2)).tolist())
    for _, kind, colour, _, _, pixels in factors[factors[:, :, 0] == 1].tolist():
        counts["types"][NAMES[kind]] += 1
        counts["colours"][colour] += 1
        counts[f"pixels of {NAMES[kind]}"][pixels] += 1
    for slot in (0, 3):
        for _, _, _, row, column, _ in factors[per_image > slot, slot].tolist():
            counts[f"rows of object {slot + 1}"][row] += 1
            counts[f"columns of object {slot + 1}"][column] += 1
    for image, (_, kind, _, row, column, pixels) in zip(images[per_image == 1], factors[per_image == 1, 0].tolist()):
        rows, columns = np.nonzero(image)
        box = image[row : rows.max() + 1, column : columns.max() + 1] != 0
        if kind == BLOB:
            counts["boxes of blob"][f"{pixels} in {box.shape[0]}x{box.shape[1]}"] += 1
        if kind != BLOB or pixels <= 4:
            lines = ["".join("#" if is_set else "." for is_set in line) for line in box]
            counts[f"shapes of {NAMES[kind]}"]["/".join(lines)] += 1
    return counts


def sample(n, seed, size, processes=2):
    """Tables of n images, the same for any number of processes."""
    blocks = [(min(10_000, n - start), [seed, start], size) for start in range(0, n, 10_000)]
    total = defaultdict(Counter)
    with Pool(processes) as pool:
        for counts in pool.starmap(tables, blocks, chunksize=1):
            for name, table in counts.items():
                total[name].update(table)
    return {name: dict(sorted(table.items())) for name, table in sorted(total.items())}


if __name__ == "__main__":
    if sys.argv[1] == "--sample":
        n, seed, size, *processes = map(int, sys.argv[2:])
        about = {"n": n, "seed": seed, "grid": size, "numpy": np.__version__}
        command = f"python bench/peers/images.py --sample {n} {seed} {size}"
        print(json.dumps({"command": command, **about, "tables": sample(n, seed, size, *processes)}, indent=1))
    else:
        write(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 42)
