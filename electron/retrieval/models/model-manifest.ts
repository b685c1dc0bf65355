// What the workbench knows of an installed model: a JSON file beside the model's own files.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as v from 'valibot'
import { MODEL_FAMILIES } from '../../contracts/prompts.ts'
import { DEVICES, PRECISIONS } from '../../ml/session/index.ts'
import { POOLINGS } from '../../ml/nn/pooling.ts'

const fileEntry = v.object({
  /** Relative to the model's folder, with forward slashes. */
  path: v.string(),
  bytes: v.number(),
  /** ms since 1970: a change is noticed without reading the file again. */
  modified: v.number(),
  sha256: v.string(),
})
export type ModelFile = v.InferOutput<typeof fileEntry>

const deviceReport = v.object({
  device: v.picklist(DEVICES),
  tokensPerSecond: v.optional(v.number()),
  reason: v.optional(v.string()),
})

const manifest = v.object({
  format: v.literal(1),
  id: v.string(),
  name: v.string(),
  /** `copy`: files of our own; `link`: the person's folder; `built-in`: came with the application. */
  origin: v.picklist(['copy', 'link', 'built-in']),
  /** Absolute for links, else the folder's name inside the model's place. */
  folder: v.string(),
  addedAt: v.number(),
  /** Changes with everything that changes vectors: an index belongs to one version. */
  version: v.string(),
  files: v.array(fileEntry),
  kind: v.picklist(['embedding', 'cross-encoder']),
  architecture: v.string(),
  parameters: v.number(),
  dimensions: v.number(),
  pooling: v.picklist(POOLINGS),
  maxTokens: v.number(),
  prompts: v.object({ family: v.picklist(MODEL_FAMILIES), own: v.record(v.string(), v.string()) }),
  /** Where and how it runs fastest here, and what was tried. */
  device: v.picklist(DEVICES),
  precision: v.picklist(PRECISIONS),
  devices: v.array(deviceReport),
  warnings: v.array(v.string()),
})
export type ModelManifest = v.InferOutput<typeof manifest>

/** @returns undefined where there is none, or none that this version understands. */
export function readManifest(path: string): ModelManifest | undefined {
  try {
    const parsed = v.safeParse(manifest, JSON.parse(readFileSync(path, 'utf8')))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** Replaces the manifest in one step: a reader sees the old or the new one. */
export function writeManifest(path: string, value: ModelManifest): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(`${path}.new`, path)
}
