import { InputError } from "../data/errors.ts";
import { EMBEDDING_FORMAT } from "../data/embeddings.ts";
import { EMBEDDING_MANIFEST, readEmbeddingManifest } from "../pipeline/embed/manifest.ts";
import { fileLength, listFolder, readTextIfThere, splitPath } from "../runtime/files.ts";
import { fieldsIn } from "../data/fields.ts";

const SHARD = /^shard-\d+\.parquet$/;

/** Throws an `InputError` that names --dataset for a shard, a folder of shards, and a manifest of embeddings or its folder. */
export function refuseEmbeddings(place: string): void {
  const { folder, name } = splitPath(place);
  const isFile = fileLength(place) !== undefined;
  const index = !isFile ? place : name === EMBEDDING_MANIFEST ? folder : undefined;
  const isIndex = index !== undefined && fileLength(`${index}/${EMBEDDING_MANIFEST}`) !== undefined;
  if (
    isIndex &&
    fieldsIn(readTextIfThere(`${index}/${EMBEDDING_MANIFEST}`, 1 << 28) ?? "")?.["format"] === EMBEDDING_FORMAT
  )
    throw refusal(place, readEmbeddingManifest(index)?.dataset);
  if (isFile ? SHARD.test(name) : listFolder(place).some((each) => SHARD.test(each))) throw refusal(place, undefined);
}

function refusal(place: string, dataset = "<name>"): InputError {
  return new InputError(`${place} is of embeddings: give --dataset ${dataset} and their --root instead`);
}
