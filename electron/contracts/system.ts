import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { wording } from './wording.ts'

/** Languages of the window; `system` takes the first of the system's that there is. */
export const LANGUAGES = ['system', 'en', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

export const settingsSchema = v.object({
  language: v.picklist(LANGUAGES),
  theme: v.picklist(['system', 'light', 'dark']),
  /** Share of the processor cores that background work may use, 0.1 to 1. */
  cpuShare: v.pipe(v.number(), v.minValue(0.1), v.maxValue(1)),
  /** Files matching one of these are left out in every source. */
  excludeGlobs: v.array(v.string()),
  /** Recognise text on scanned pages without being asked. */
  ocrAutomatically: v.boolean(),
  /** Folder or share with signed updates; empty: none are looked for. */
  updateFolder: v.pipe(v.string(), v.trim()),
  /** Ed25519 public key that updates must be signed with, DER in base64. */
  updateKey: v.pipe(v.string(), v.trim()),
})
export type Settings = v.InferOutput<typeof settingsSchema>

const effectiveSettings = v.object({
  ...settingsSchema.entries,
  /** Settings that the organisation decides; they cannot be changed here. */
  managed: v.optional(v.array(v.keyof(settingsSchema))),
})
export type EffectiveSettings = v.InferOutput<typeof effectiveSettings>

const info = v.object({
  version: v.string(),
  host: v.picklist(['desktop', 'web', 'cli']),
  library: v.object({ name: v.string(), path: v.string(), readOnly: v.boolean() }),
  canChooseFolder: v.boolean(),
  canReveal: v.boolean(),
  /** Name of the OCR program in use, or null with the reason in `ocrReason`. */
  ocr: v.nullable(v.string()),
  ocrReason: v.nullable(v.string()),
  model: v.nullable(v.string()),
  sampleLibrary: v.nullable(v.object({ documents: v.number(), pages: v.number() })),
  licence: v.string(),
  /** Pages a second this computer took from file to index in earlier jobs; null or absent before the first. */
  pagesPerSecond: v.optional(v.nullable(v.number())),
})
export type SystemInfo = v.InferOutput<typeof info>

const status = v.object({
  threads: v.number(),
  memoryUsedBytes: v.number(),
  memoryTotalBytes: v.number(),
  /** Outgoing network connections opened since start, by any process of the application. */
  connections: v.number(),
})
export type SystemStatus = v.InferOutput<typeof status>

const check = v.object({
  name: v.string(),
  nameWording: wording,
  ok: v.boolean(),
  detail: v.string(),
  detailWording: wording,
  remedy: v.optional(v.string()),
  remedyWording: wording,
})
export type DoctorCheck = v.InferOutput<typeof check>

export const systemContract = {
  info: oc.output(info),
  status: oc.output(eventIterator(status)),
  settings: oc.output(effectiveSettings),
  updateSettings: oc.input(v.partial(settingsSchema)).output(effectiveSettings),
  chooseFolder: oc.output(v.object({ path: v.nullable(v.string()) })),
  doctor: oc.output(v.object({ ok: v.boolean(), checks: v.array(check) })),
  backup: oc.input(v.object({ path: v.string() })).output(v.object({ path: v.string(), bytes: v.number() })),
}
