"""The program a user writes to download a file and to know its checksum.

Usage: python download.py URL OUT; prints the SHA-256
"""

import hashlib
import sys
from urllib.request import urlopen


def main():
    url, out = sys.argv[1:]
    checksum = hashlib.sha256()
    with urlopen(url) as answer, open(out, "wb") as file:
        while piece := answer.read(1 << 20):
            checksum.update(piece)
            file.write(piece)
    print(checksum.hexdigest())


if __name__ == "__main__":
    main()
