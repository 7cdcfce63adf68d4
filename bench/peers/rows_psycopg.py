"""The program a user writes to load vectors into PostgreSQL: psycopg's executemany, a thousand rows at a time.

Usage: python rows_psycopg.py FOLDER vector|array URL TABLE
"""

import json
import sys

import numpy as np
import psycopg

BATCH = 1000
TYPES = {"vector": "vector", "array": "real[]"}


def main():
    folder, kind, url, table = sys.argv[1:]
    vectors = np.load(f"{folder}/vectors.npy")
    column = f"vector({vectors.shape[1]})" if kind == "vector" else "real[]"
    insert = f"INSERT INTO {table} VALUES (%s, %s::{TYPES[kind]}, %s)"
    shown = str if kind == "vector" else list
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        if kind == "vector":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute(f"CREATE TABLE {table} (id bigint PRIMARY KEY, embedding {column} NOT NULL, cls text)")
        rows = []
        with open(f"{folder}/metadata.jsonl") as lines:
            for number, (vector, line) in enumerate(zip(vectors, lines, strict=True)):
                rows.append((number, shown(vector.tolist()), json.loads(line)["cls"]))
                if len(rows) == BATCH:
                    cursor.executemany(insert, rows)
                    rows = []
        cursor.executemany(insert, rows)


if __name__ == "__main__":
    main()
