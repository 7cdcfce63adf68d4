import { createCore } from "../../core/instance.ts";
import { createClusters, takeRows } from "../../core/kmeans/nearest.ts";
import { storeRows } from "../../core/kmeans/rows.ts";
import { serveRequests } from "../../runtime/serve.ts";
import { buffersOf, exchangeOf, type KMeansAnswer, type KMeansRequest, type KMeansStart } from "./messages.ts";

serveRequests<KMeansStart, KMeansRequest, KMeansAnswer>(({ module, dim, k, rows }) => {
  const core = createCore(module);
  const clusters = createClusters(core, dim, k);
  const stored = storeRows(core, dim, rows);
  return async (request) => {
    if (request.kind === "hold") {
      const { buffer, length } = request;
      stored.add(new Float32Array(buffer, 0, length));
      return { answer: { kind: "held", buffer }, transfer: [buffer] };
    }
    const { first, count, coarse } = request;
    const exchange = exchangeOf(request.exchange);
    clusters.centroids().set(exchange.centroids);
    clusters.prepare();
    clusters.clear();
    const { labels, distances } = takeRows(clusters, stored, first, count, coarse);
    exchange.sums.set(clusters.sums());
    exchange.counts.set(clusters.counts());
    return {
      answer: { kind: "taken", labels, distances, exchange },
      transfer: [labels.buffer, distances.buffer, ...Object.values(buffersOf(exchange))],
    };
  };
});
