"""The program a user writes to embed texts: threads that send batches to OpenAI, vectors into Parquet as they come.

Usage: python embed.py TEXTS.jsonl OUT.parquet BATCH THREADS http|openai; OPENAI_BASE_URL and OPENAI_API_KEY say where
"""

import base64
import http.client
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MODEL = "text-embedding-3-small"
DIM = 1536
SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string()), ("embedding", pa.list_(pa.float32(), DIM))])


def http_client():
    endpoint, key = urlsplit(os.environ["OPENAI_BASE_URL"]), os.environ["OPENAI_API_KEY"]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    local = threading.local()

    def embed(texts):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port)
        body = json.dumps({"model": MODEL, "input": texts, "encoding_format": "base64"})
        local.connection.request("POST", f"{endpoint.path}/embeddings", body, headers)
        answer = local.connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {said}")
        vectors = np.empty((len(texts), DIM), np.float32)
        for item in said["data"]:
            vectors[item["index"]] = np.frombuffer(base64.b64decode(item["embedding"]), np.float32)
        return vectors

    return embed


def openai_client():
    import openai

    client = openai.OpenAI()  # one for all threads; it asks for base64 by itself

    def embed(texts):
        answer = client.embeddings.create(model=MODEL, input=texts)
        return np.array([item.embedding for item in answer.data], np.float32)

    return embed


def main():
    path, out, batch, threads, kind = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    embed = {"http": http_client, "openai": openai_client}[kind]()
    with open(path) as lines, pq.ParquetWriter(out, SCHEMA) as writer, ThreadPoolExecutor(threads) as pool:
        waiting = []

        def write_first():
            rows, vectors = waiting.pop(0)
            embedding = pa.FixedSizeListArray.from_arrays(pa.array(vectors.result().ravel()), DIM)
            columns = [pa.array([row[name] for row in rows]) for name in ("id", "text")]
            writer.write_table(pa.Table.from_arrays([*columns, embedding], schema=SCHEMA))

        while rows := [json.loads(line) for line in islice(lines, batch)]:
            waiting.append((rows, pool.submit(embed, [row["text"] for row in rows])))
            if len(waiting) > 2 * threads:
                write_first()
        while waiting:
            write_first()


if __name__ == "__main__":
    main()
