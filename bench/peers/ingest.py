"""The program a user writes to load memories: threads that read a line, make a request of it and look at the answer.

Usage: python ingest.py MEMORIES.jsonl ENDPOINT CONNECTIONS; prints {"per_second"} of the time from the first line on
"""

import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

PATH = "/api/v1/memories/remember"
HEADERS = {"Content-Type": "application/json"}


def main():
    path, endpoint, connections = sys.argv[1], urlsplit(sys.argv[2]), int(sys.argv[3])
    reading = threading.Lock()
    sent = [0] * connections

    def send(worker, lines):
        connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port)
        while True:
            with reading:
                line = next(lines, None)
            if line is None:
                return
            memory = json.loads(line)
            body = {
                "id": memory["id"],
                "content": memory["content"],
                "embedding": memory["embedding"],
                "confidence": memory["confidence"],
            }
            connection.request("POST", PATH, json.dumps(body), HEADERS)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            if answer.status not in (200, 201) or said["memory_id"] != memory["id"]:
                raise SystemExit(f"{memory['id']}: {answer.status} {said}")
            sent[worker] += 1

    began = time.perf_counter()
    with open(path) as lines:
        threads = [threading.Thread(target=send, args=(worker, lines)) for worker in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(json.dumps({"per_second": sum(sent) / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main()
