import { InputError } from "../data/errors.ts";
import type { Manifest } from "../data/manifest.ts";
import type { Pass } from "../data/plan.ts";
import type { OnSearched } from "./unique.ts";

/** `onSearched` is told how far a plan that takes long has come, and may throw to give it up. */
type Planner = (manifest: Manifest, folder: string, onSearched?: OnSearched) => Promise<readonly Pass[]>;

/** The one table of dataset families: how to make again what a manifest describes. */
const planners: Record<string, Planner> = {
  vectors: async ({ recipe }) => {
    const { parseVectorsRecipe, planVectors } = await import("./vectors.ts");
    return planVectors(parseVectorsRecipe(recipe));
  },
  images: async ({ recipe }, _folder, onSearched) => {
    const [{ parseImagesRecipe }, { planImages }] = await Promise.all([
      import("./images.ts"),
      import("./imageplan.ts"),
    ]);
    return planImages(parseImagesRecipe(recipe), onSearched);
  },
  memories: async (manifest, folder) => {
    const [{ centroidsOf, parseMemoriesRecipe }, { memoryFiles, planMemories }] = await Promise.all([
      import("./memories.ts"),
      import("./memoryplan.ts"),
    ]);
    const recipe = parseMemoriesRecipe(manifest.recipe);
    const { sha256 } = recipe.centroids;
    let given: Float32Array | undefined;
    if (sha256 !== null) {
      const { readInput } = await import("../pipeline/inputs.ts");
      given = await readInput(manifest, "centroids", sha256, folder);
    }
    const names = manifest.files.map(({ path }) => path);
    if (names.length < memoryFiles(recipe, "").length) throw new InputError("The manifest does not list every file");
    return planMemories(recipe, centroidsOf(recipe, given), names);
  },
};

/** The plan of a manifest in a folder. Throws `InputError` for an unknown kind or a recipe that is not valid. */
export const planOfManifest: Planner = async (manifest, folder, onSearched) => {
  const { kind } = manifest.recipe;
  const planner = Object.hasOwn(planners, kind) ? planners[kind] : undefined;
  if (!planner) throw new InputError(`Unknown kind of dataset "${kind}": expected ${Object.keys(planners).join(", ")}`);
  return planner(manifest, folder, onSearched);
};
