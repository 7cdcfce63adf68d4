import type { Clusters, Taken } from "../../core/kmeans/nearest.ts";
import { sumOf, type Repair } from "../../core/kmeans/splitting.ts";
import type { Team } from "./team.ts";

/** A k-means under way: who does what, and how far it is. */
export interface Course {
  readonly clusters: Clusters;
  readonly team: Team;
  readonly batches: number;
  readonly maxEpochs: number;
  /** Gives clusters without rows new centroids, where there are different rows; how many. */
  reseed(taken: Taken): number;
  /** Called after each turn with the share that is done and the inertia of a row, as far as it is known. */
  turn(share: number, inertia: number): Promise<void>;
  iterations: number;
  epochs: number;
}

/** About what share of the time is over when the first rows are refined, and when all that is left is to label. */
const [REFINED, SETTLING] = [0.4, 0.8];

const MAX_REPAIRS = 8;
/** A repair that gains less than this share is the last. */
const WORTH_A_REPAIR = 3e-3;

/**
 * Turns of k-means over the first `batches` batches, with repairs between them, until repairs gain nothing: on so few rows
 * this costs little, and clusters that the first centroids missed are found here or never. Sums and counts are those of
 * the last turn.
 */
export async function refine(course: Course, batches: number, repair: Repair | undefined): Promise<void> {
  const { clusters, team } = course;
  const turn = async () => {
    const taken = await team.take(0, batches);
    clusters.moveToMeans();
    course.iterations++;
    await course.turn(REFINED * (1 - 1 / (1 + course.iterations)), meanOf(taken));
    return taken;
  };
  await turn();
  let taken = await turn();
  if (!repair) return;
  for (let repairs = 0; repairs < MAX_REPAIRS; repairs++) {
    const before = sumOf(taken.distances);
    const merged = repair.run(taken);
    if (merged === 0) return;
    taken = await turn();
    if (sumOf(taken.distances) > (1 - WORTH_A_REPAIR) * before) return;
  }
}

/** Mini-batches end when so many of them are, together, not this share better than as many before them. */
const SMOOTHED = 10;
const WORTH_GOING_ON = 3e-3;
/** Another epoch begins while the later half of one is at least this share better than the earlier. */
const WORTH_AN_EPOCH = 0.01;

/**
 * Mini-batch k-means (Sculley, "Web-scale k-means clustering", 2010): after each batch every centroid is the mean of the
 * rows that it took so far. Begins after the first `done` batches, whose sums the clusters hold.
 */
export async function minibatches(course: Course, done: number): Promise<void> {
  const { clusters, team, batches } = course;
  const sums = clusters.sums().slice();
  const counts = clusters.counts().slice();
  const inertias: number[] = [];
  for (course.epochs = 1; course.epochs <= course.maxEpochs; course.epochs++) {
    const first = course.epochs === 1 ? done : 0;
    const middle = Math.floor((first + batches) / 2);
    const halves = [0, 0];
    for (let batch = first; batch < batches; batch++) {
      const taken = await team.take(batch, batch + 1);
      addUp(clusters.sums(), sums);
      addUp(clusters.counts(), counts);
      clusters.moveToMeans();
      course.iterations++;
      const inertia = meanOf(taken);
      halves[batch < middle ? 0 : 1]! += inertia;
      inertias.push(inertia);
      const now = smoothed(inertias, inertias.length);
      const before = smoothed(inertias, inertias.length - SMOOTHED);
      if (before < Infinity && now > (1 - WORTH_GOING_ON) * before) return;
      await course.turn(REFINED + (SETTLING - REFINED) * (batch / batches), inertia);
    }
    const [earlier, later] = [halves[0]! / (middle - first), halves[1]! / (batches - middle)];
    if (!(later <= (1 - WORTH_AN_EPOCH) * earlier)) return; // also where there was no earlier one
  }
  course.epochs--;
}

/** The mean of the last values before `end`; infinite where they are too few. */
function smoothed(values: readonly number[], end: number): number {
  if (end < SMOOTHED) return Infinity;
  return values.slice(end - SMOOTHED, end).reduce((sum, value) => sum + value, 0) / SMOOTHED;
}

/** Adds each of `sums` to its total, and makes it the total. */
function addUp(sums: Float64Array | Uint32Array, totals: Float64Array | Uint32Array): void {
  for (let i = 0; i < sums.length; i++) {
    totals[i]! += sums[i]!;
    sums[i] = totals[i]!;
  }
}

/** k-means by whole passes (Lloyd, "Least squares quantization in PCM", 1982) until no row changes its cluster. */
export async function lloyd(course: Course): Promise<Taken> {
  let labels: Uint32Array | undefined;
  for (;;) {
    const taken = await settle(course);
    const isOver = labels !== undefined && sameLabels(labels, taken.labels);
    if (isOver || course.epochs >= course.maxEpochs) return taken;
    labels = taken.labels;
    course.clusters.moveToMeans();
    course.epochs++;
    course.iterations++;
    await course.turn(1 - (1 - REFINED) / (1 + course.epochs), meanOf(taken));
  }
}

const MAX_RESEEDINGS = 10;

/** Labels all rows; clusters without rows get some wherever there are different ones. */
export async function settle(course: Course): Promise<Taken> {
  let taken = await course.team.take(0, course.batches);
  for (let turn = 0; turn < MAX_RESEEDINGS && course.reseed(taken) > 0; turn++) {
    taken = await course.team.take(0, course.batches);
  }
  return taken;
}

function meanOf({ distances }: Taken): number {
  return sumOf(distances) / distances.length;
}

function sameLabels(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((label, row) => label === b[row]);
}
