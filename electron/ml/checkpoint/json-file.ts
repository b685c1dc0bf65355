import { readFile } from 'node:fs/promises'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'

/**
 * Reads a JSON file whose top level is an object.
 *
 * @throws ModelError `MODEL_NOT_FOUND` when absent, `MODEL_INVALID` when it is not a JSON object
 */
export async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  const value = await readJson(path)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ModelError(MODEL_ERROR.invalid, `${path}: expected a JSON object. Download or copy the file again.`)
}

/** Reads any JSON file. Errors as for {@link readJsonObject}. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ModelError(MODEL_ERROR.notFound, `${path}: cannot be read. Check that the model folder is complete.`, {
      cause,
    })
  })
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ModelError(MODEL_ERROR.invalid, `${path}: not valid JSON. Download or copy the file again.`, { cause })
  }
}

/** As {@link readJsonObject}, but undefined when the file is absent. */
export async function readJsonObjectIfPresent(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return await readJsonObject(path)
  } catch (error) {
    if (error instanceof ModelError && error.code === MODEL_ERROR.notFound) return undefined
    throw error
  }
}
