// Weights and AdamW moments of a run as safetensors, in the order of the flat buffers.
import { type Moment, MOMENTS, type Moments, type ParameterLayout, type ParameterSlot } from '../optim/index.ts'
import { openSafetensors, readTensor } from './safetensors.ts'
import { writeSafetensors } from './safetensors-writer.ts'

/** Writes one flat buffer as the tensors of its layout: readable by anything that reads safetensors. */
export function writeFlat(path: string, layout: ParameterLayout, buffer: Float32Array): Promise<void> {
  return writeSlots(path, layout, ({ offset, length }) => buffer.subarray(offset, offset + length))
}

/**
 * Reads a flat buffer back.
 *
 * @throws Error when the file does not hold exactly the tensors of the layout
 */
export function readFlat(path: string, layout: ParameterLayout, into: Float32Array): Promise<void> {
  return readSlots(path, layout, ({ offset }, values) => into.set(values, offset))
}

/** A file for each of the two moments. */
export type MomentPaths = Readonly<Record<Moment, string>>

/** Elements that are read from a file at a time: a token table is a third of a small model. */
const PIECE = 1 << 20

/** Writes both moments, `piece` elements at a time; the number of steps belongs into the manifest. */
export async function writeMoments(
  paths: MomentPaths,
  layout: ParameterLayout,
  moments: Moments,
  piece: number = PIECE,
): Promise<void> {
  for (const moment of MOMENTS) {
    await writeSlots(paths[moment], layout, function* ({ offset, length }) {
      for (let done = 0; done < length; done += piece)
        yield moments.read(moment, offset + done, Math.min(piece, length - done))
    })
  }
}

/** @throws Error when a file does not hold exactly the tensors of the layout */
export async function readMoments(paths: MomentPaths, layout: ParameterLayout, into: Moments): Promise<void> {
  for (const moment of MOMENTS)
    await readSlots(paths[moment], layout, ({ offset }, values) => into.write(moment, offset, values))
}

function writeSlots(
  path: string,
  { slots }: ParameterLayout,
  values: (slot: ParameterSlot) => Float32Array | Iterable<Float32Array>,
): Promise<void> {
  return writeSafetensors(
    path,
    slots.map((slot) => ({ name: slot.name, dtype: 'F32', shape: slot.shape, data: () => values(slot) })),
  )
}

async function readSlots(
  path: string,
  { slots }: ParameterLayout,
  found: (slot: ParameterSlot, values: Float32Array) => void,
): Promise<void> {
  const { tensors } = await openSafetensors(path)
  if (tensors.size !== slots.length)
    throw new Error(`${path}: ${tensors.size} tensors where the model has ${slots.length}`)
  for (const slot of slots) {
    const entry = tensors.get(slot.name)
    if (entry?.shape.join() !== slot.shape.join())
      throw new Error(`${path}: no tensor ${slot.name} of shape [${slot.shape.join(', ')}]`)
    found(slot, await readTensor(entry))
  }
}
