import { InputError } from "../data/errors.ts";
import type { Manifest } from "../data/manifest.ts";
import type { Pass } from "../data/plan.ts";
import { parseVectorsRecipe, planVectors } from "./vectors.ts";

/** The one table of dataset families: how to make again what a manifest describes. */
const planners: Record<string, (recipe: Manifest["recipe"]) => Pass> = {
  vectors: (recipe) => planVectors(parseVectorsRecipe(recipe)),
};

/** The plan of a recipe read from a manifest. Throws `InputError` for an unknown kind or a recipe that is not valid. */
export function planOfRecipe(recipe: Manifest["recipe"]): Pass {
  const planner = Object.hasOwn(planners, recipe.kind) ? planners[recipe.kind] : undefined;
  if (!planner)
    throw new InputError(`Unknown kind of dataset "${recipe.kind}": expected ${Object.keys(planners).join(", ")}`);
  return planner(recipe);
}
