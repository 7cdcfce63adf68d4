#!/usr/bin/env bash
# A dataset for Engram that behaves like real data: real articles go into a running store, centroids of their embeddings come
# out of it, synthetic memories are made around these, and go into the store too. SCALE divides the million nodes of the full workflow.
#
#   DUMP=simplewiki-latest-pages-articles.xml.bz2 examples/engram.sh              1,000 articles, 19,000 memories
#   DUMP=small.xml.bz2 CENTROIDS=20 examples/engram.sh                            fewer articles than 100
#   DUMP=... SCALE=1 ENDPOINT=http://localhost:7432 examples/engram.sh            50,000 articles, 950,000 memories
#
# OUT is the folder for what is made (engram-data), CENTROIDS how many clusters (100), SEED the seed (42), CONCURRENT how many
# requests are under way at a time (10), INGEST=no leaves the last step out. Run again, it makes the same bytes, and goes on where it was interrupted; once the
# synthetic memories are in the store, centroids are not taken from it again. Of two articles
# that are nearly the same, Engram keeps the one that arrives first: with CONCURRENT=1 that is always the same one.
set -euo pipefail

DUMP=${DUMP:?give the dump: DUMP=pages-articles.xml.bz2 $0}
ENDPOINT=${ENDPOINT:-http://localhost:7432}
SCALE=${SCALE:-50}
OUT=${OUT:-engram-data}
CENTROIDS=${CENTROIDS:-100}
SEED=${SEED:-42}
CONCURRENT=${CONCURRENT:-10}
INGEST=${INGEST:-yes}
SEEDBED=${SEEDBED:-npx tsx src/gen.ts}

mkdir -p "$OUT"

# 1. Articles, embedded, into the store. Ids are those of the pages, so that sending one again is harmless.
$SEEDBED wikipedia --dump "$DUMP" --endpoint "$ENDPOINT" --limit $((50000 / SCALE)) \
  --concurrent "$CONCURRENT" --checkpoint "$OUT/wikipedia.checkpoint.jsonl" --resume

if [ ! -e "$OUT/synthetic_memories.jsonl.ingest" ]; then
  # 2. The centres of their clusters.
  $SEEDBED centroids --endpoint "$ENDPOINT" --num-centroids "$CENTROIDS" --seed "$SEED" --output "$OUT/centroids.npy" --force

  # 3. Synthetic memories around them: one a line, with embedding, confidence and id.
  $SEEDBED memories --centroids "$OUT/centroids.npy" --count $((950000 / SCALE)) --seed "$SEED" \
    --output "$OUT/synthetic_memories.jsonl" --force
fi

# 4. These into the store, too.
[ "$INGEST" = no ] || $SEEDBED ingest --input "$OUT/synthetic_memories.jsonl" --endpoint "$ENDPOINT" --concurrent "$CONCURRENT" --resume
