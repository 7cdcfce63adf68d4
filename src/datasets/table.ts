import { InputError } from "../data/errors.ts";
import type { Manifest } from "../data/manifest.ts";
import type { Pass } from "../data/plan.ts";
import type { OnSearched } from "./unique.ts";

/** `onSearched` is told how far a plan that takes long has come, and may throw to give it up. */
type Planner = (recipe: Manifest["recipe"], onSearched?: OnSearched) => Promise<readonly Pass[]>;

/** The one table of dataset families: how to make again what a manifest describes. */
const planners: Record<string, Planner> = {
  vectors: async (recipe) => {
    const { parseVectorsRecipe, planVectors } = await import("./vectors.ts");
    return planVectors(parseVectorsRecipe(recipe));
  },
  images: async (recipe, onSearched) => {
    const [{ parseImagesRecipe }, { planImages }] = await Promise.all([
      import("./images.ts"),
      import("./imageplan.ts"),
    ]);
    return planImages(parseImagesRecipe(recipe), onSearched);
  },
};

/** The plan of a recipe read from a manifest. Throws `InputError` for an unknown kind or a recipe that is not valid. */
export const planOfRecipe: Planner = async (recipe, onSearched) => {
  const planner = Object.hasOwn(planners, recipe.kind) ? planners[recipe.kind] : undefined;
  if (!planner)
    throw new InputError(`Unknown kind of dataset "${recipe.kind}": expected ${Object.keys(planners).join(", ")}`);
  return planner(recipe, onSearched);
};
