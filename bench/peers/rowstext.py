"""Writes a folder of vectors with metadata as text that PostgreSQL's \\copy reads: number, embedding, class.

Usage: python rowstext.py FOLDER vector|array OUTPUT.tsv
"""

import json
import sys

import numpy as np

BRACKETS = {"vector": "[]", "array": "{}"}


def main():
    folder, kind, output = sys.argv[1:]
    left, right = BRACKETS[kind]
    vectors = np.load(f"{folder}/vectors.npy")
    with open(f"{folder}/metadata.jsonl") as lines, open(output, "w") as out:
        for number, (vector, line) in enumerate(zip(vectors, lines, strict=True)):
            out.write(f"{number}\t{left}{','.join(vector.astype(str))}{right}\t{json.loads(line)['cls']}\n")


if __name__ == "__main__":
    main()
