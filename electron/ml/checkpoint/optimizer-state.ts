// Weights and AdamW moments of a run as safetensors, in the order of the flat buffers.
import type { AdamWState, ParameterLayout } from '../optim/index.ts'
import { openSafetensors, readTensor } from './safetensors.ts'
import { writeSafetensors } from './safetensors-writer.ts'

/** Writes one flat buffer as the tensors of its layout: readable by anything that reads safetensors. */
export function writeFlat(path: string, layout: ParameterLayout, buffer: Float32Array): Promise<void> {
  return writeSafetensors(
    path,
    layout.slots.map(({ name, shape }) => ({ name, dtype: 'F32', shape, data: layout.view(buffer, name) })),
  )
}

/**
 * Reads a flat buffer back.
 *
 * @throws Error when the file does not hold exactly the tensors of the layout
 */
export async function readFlat(path: string, layout: ParameterLayout, into: Float32Array): Promise<void> {
  const { tensors } = await openSafetensors(path)
  if (tensors.size !== layout.slots.length)
    throw new Error(`${path}: ${tensors.size} tensors where the model has ${layout.slots.length}`)
  for (const { name, shape } of layout.slots) {
    const entry = tensors.get(name)
    if (entry?.shape.join() !== shape.join())
      throw new Error(`${path}: no tensor ${name} of shape [${shape.join(', ')}]`)
    layout.view(into, name).set(await readTensor(entry))
  }
}

/** Writes both moments; the step counter belongs into the manifest. */
export async function writeMoments(paths: MomentPaths, layout: ParameterLayout, state: AdamWState): Promise<void> {
  await writeFlat(paths.m, layout, state.m)
  await writeFlat(paths.v, layout, state.v)
}

export async function readMoments(paths: MomentPaths, layout: ParameterLayout, step: number): Promise<AdamWState> {
  const state = { step, m: new Float32Array(layout.length), v: new Float32Array(layout.length) }
  await readFlat(paths.m, layout, state.m)
  await readFlat(paths.v, layout, state.v)
  return state
}

export interface MomentPaths {
  readonly m: string
  readonly v: string
}
