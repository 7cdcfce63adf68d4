import { splitCounts, type ImagesRecipe } from "./images.ts";

/** The version of the layout of `metadata.json`, not of the program. */
const LAYOUT_VERSION = "1.0.0";
const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

/** What `metadata.json` says of a corpus in the words of its readers; `total_bytes` are those of the pixels in memory. */
export function imageMetadata(recipe: ImagesRecipe, createdAt: string): object {
  const { images, grid_size, splits, format } = recipe;
  const counts = splitCounts(recipe);
  const bytesPerImage = grid_size * grid_size;
  const seed = Number(recipe.seed);
  return {
    version: LAYOUT_VERSION,
    timestamp: createdAt,
    generation_params: {
      num_images: images,
      seed: Number.isSafeInteger(seed) ? seed : recipe.seed,
      grid_size,
      splits,
    },
    dataset_info: {
      train_count: counts.train,
      val_count: counts.val,
      test_count: counts.test,
      total_count: images,
    },
    memory_info: {
      bytes_per_image: bytesPerImage,
      total_bytes: images * bytesPerImage,
      readable: readable(images * bytesPerImage),
    },
    file_format: { dtype: "uint8", compression: format },
  };
}

/** 25600000 as `24.41 MB`: powers of 1024, as the readers of these files know it. */
function readable(bytes: number): string {
  let unit = 0;
  for (; bytes >= 1024 && unit < UNITS.length - 1; unit++) bytes /= 1024;
  return unit === 0 ? `${bytes} bytes` : `${bytes.toFixed(2)} ${UNITS[unit]}`;
}
