// Writing safetensors: complete under its name or not there at all.
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomUUID } from 'node:crypto'
import { SAFETENSORS_BYTES, type SafetensorsDtype } from './safetensors-header.ts'

/** One tensor to write. `data` may be a function, and give it in pieces, so that a large model or tensor need not be in memory at once. */
export interface TensorToWrite {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: readonly number[]
  readonly data: ArrayBufferView | (() => ArrayBufferView | Promise<ArrayBufferView> | Iterable<ArrayBufferView>)
}

/**
 * Writes a `.safetensors` file atomically: temporary name, fsync, rename, fsync of the folder.
 *
 * Tensors are laid out like the reference writer does it: widest dtype first, then by name, the header padded with
 * spaces to 8 bytes, so that every tensor is aligned in a memory map and equal input gives equal bytes.
 *
 * @param metadata the `__metadata__` strings; `format: 'pt'` is added because transformers asks for it
 * @throws Error when a tensor's bytes do not match its shape; the target is then untouched
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const sorted = [...tensors].sort(
    (a, b) =>
      SAFETENSORS_BYTES[b.dtype] - SAFETENSORS_BYTES[a.dtype] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`
  try {
    {
      await using handle = await open(temporary, 'wx')
      const header = buildHeader(sorted, metadata)
      await writeAll(handle, header, 0)
      let position = header.byteLength
      for (const tensor of sorted) {
        const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data
        const [start, expected] = [position, byteLength(tensor)]
        for (const piece of ArrayBuffer.isView(data) ? [data] : data) {
          await writeAll(handle, piece, position)
          position += piece.byteLength
        }
        if (position - start !== expected) {
          throw new Error(
            `tensor "${tensor.name}" of shape [${tensor.shape.join(', ')}] and dtype ${tensor.dtype} needs ${expected} bytes, got ${position - start}`,
          )
        }
      }
      await handle.sync()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

function buildHeader(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // Without a prototype, so that a tensor may have any name.
  const header = Object.create(null) as Record<string, unknown>
  header['__metadata__'] = { format: 'pt', ...metadata }
  let offset = 0
  for (const tensor of tensors) {
    if (Object.hasOwn(header, tensor.name)) throw new Error(`tensor "${tensor.name}" is given twice`)
    const end = offset + byteLength(tensor)
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.byteLength / 8) * 8
  const bytes = new Uint8Array(8 + padded).fill(0x20, 8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  return bytes
}

function byteLength(tensor: TensorToWrite): number {
  return tensor.shape.reduce((product, size) => product * size, SAFETENSORS_BYTES[tensor.dtype])
}

const WRITE_CHUNK = 64 << 20

async function writeAll(handle: FileHandle, data: ArrayBufferView, position: number): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  for (let done = 0; done < bytes.byteLength;) {
    const length = Math.min(WRITE_CHUNK, bytes.byteLength - done)
    done += (await handle.write(bytes, done, length, position + done)).bytesWritten
  }
}

/** Makes the rename itself durable. Windows cannot open folders; its rename is journalled by the file system. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(folder, 'r')
  await handle.sync()
}
