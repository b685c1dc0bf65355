// Reading safetensors: headers first, bytes only on request, so that a 16 GB model costs a few kB to open.
import { closeSync, openSync, readSync } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import { decodeToFloat32 } from './dtype.ts'
import { MAX_HEADER_BYTES, parseSafetensorsHeader, type TensorEntry } from './safetensors-header.ts'
import { isFile } from './files.ts'
import { readJsonObject } from './json-file.ts'

export type { SafetensorsDtype, TensorEntry } from './safetensors-header.ts'

/** The tensors of one model, from one file or from shards. */
export interface WeightSet {
  readonly tensors: ReadonlyMap<string, TensorEntry>
  /** `__metadata__` of the file, merged over the shards. */
  readonly metadata: Readonly<Record<string, string>>
  /** Files that hold the tensors, links resolved. */
  readonly files: readonly string[]
  /** Bytes of all tensors together. */
  readonly bytes: number
}

/**
 * Reads the header of one `.safetensors` file; no tensor data is loaded.
 *
 * @throws ModelError `MODEL_NOT_FOUND` when the file is absent, `MODEL_INVALID` when it is damaged
 */
export async function openSafetensors(path: string): Promise<WeightSet> {
  // [Note: links] A Hugging Face cache snapshot consists of links into ../../blobs. ONNX Runtime refuses external data
  // behind a link that leaves the model's folder, so every path here is the blob's own.
  const file = await realpath(path).catch((cause: unknown) => {
    throw new ModelError(MODEL_ERROR.notFound, `${path}: no such file. Check that the model folder is complete.`, {
      cause,
    })
  })
  const size = (await stat(file)).size
  const { entries, metadata } = parseSafetensorsHeader(file, await readHeader(file, size), size)
  return weightSet(entries, metadata, [file])
}

/**
 * Opens the weights of a Hugging Face folder: `model.safetensors`, or the shards `model.safetensors.index.json` names.
 *
 * @throws ModelError `MODEL_NOT_FOUND` when there are neither (PyTorch `.bin` files are named in the message),
 *   `MODEL_INVALID` when a shard is missing a tensor that the index promises
 */
export async function openWeights(folder: string): Promise<WeightSet> {
  const indexPath = join(folder, 'model.safetensors.index.json')
  if (await isFile(indexPath)) return openShards(folder, indexPath)
  const single = join(folder, 'model.safetensors')
  if (await isFile(single)) return openSafetensors(single)
  const pickle = await isFile(join(folder, 'pytorch_model.bin'))
  throw new ModelError(
    MODEL_ERROR.notFound,
    pickle
      ? `${folder}: the weights are in pytorch_model.bin, which can run code when it is read. Get the safetensors version of this model.`
      : `${folder}: no model.safetensors. Choose the folder that holds config.json and model.safetensors.`,
  )
}

async function openShards(folder: string, indexPath: string): Promise<WeightSet> {
  const index = await readJsonObject(indexPath)
  const map = index['weight_map']
  if (typeof map !== 'object' || map === null) {
    throw new ModelError(MODEL_ERROR.invalid, `${indexPath}: no weight_map. Download the model again.`)
  }
  const shardOf = Object.entries(map as Record<string, unknown>).map(([name, shard]): [string, string] => {
    // A shard name with a path in it would let an index read files outside the model.
    if (typeof shard === 'string' && basename(shard) === shard && shard !== '..') return [name, shard]
    throw new ModelError(
      MODEL_ERROR.invalid,
      `${indexPath}: tensor "${name}" names no valid shard. Download the model again.`,
    )
  })
  const names = [...new Set(shardOf.map(([, shard]) => shard))].sort()
  const shards = new Map<string, WeightSet>()
  for (const shard of names) shards.set(shard, await openSafetensors(join(folder, shard)))
  const entries = shardOf.map(([name, shard]) => {
    const entry = shards.get(shard)?.tensors.get(name)
    if (entry) return entry
    throw new ModelError(
      MODEL_ERROR.invalid,
      `${indexPath}: tensor "${name}" should be in ${shard} but is not there. Download the model again.`,
    )
  })
  const metadata = Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)) as Record<string, string>
  return weightSet(
    entries,
    metadata,
    [...shards.values()].flatMap((shard) => shard.files),
  )
}

/** The raw bytes of one tensor, little-endian. */
export async function readTensorBytes(entry: TensorEntry): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(entry.length)
  await using handle = await open(entry.file, 'r')
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesRead } = await handle.read(
      bytes,
      done,
      Math.min(READ_CHUNK, bytes.byteLength - done),
      entry.offset + done,
    )
    if (bytesRead === 0) throw endedInside(entry)
    done += bytesRead
  }
  return bytes
}

/** As {@link readTensorBytes}, for code that builds a graph and cannot wait in the middle of it. */
export function readTensorBytesSync(entry: TensorEntry): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(entry.length)
  const file = openSync(entry.file, 'r')
  try {
    for (let done = 0; done < bytes.byteLength;) {
      const read = readSync(file, bytes, done, Math.min(READ_CHUNK, bytes.byteLength - done), entry.offset + done)
      if (read === 0) throw endedInside(entry)
      done += read
    }
  } finally {
    closeSync(file)
  }
  return bytes
}

/**
 * One tensor as float32, whatever float or integer type it is stored in.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` for 8-bit floats and 64-bit unsigned integers
 */
export async function readTensor(entry: TensorEntry): Promise<Float32Array<ArrayBuffer>> {
  return decodeToFloat32(entry, await readTensorBytes(entry))
}

function endedInside(entry: TensorEntry): ModelError {
  return new ModelError(MODEL_ERROR.invalid, `${entry.file}: ended inside tensor "${entry.name}". Download it again.`)
}

/** One read call may not exceed 2 GiB on any platform; smaller pieces also keep the page cache gentle. */
const READ_CHUNK = 64 << 20

async function readHeader(file: string, size: number): Promise<Uint8Array> {
  const truncated = `${file}: ${size} bytes are too few for a safetensors file. Download or copy it again.`
  if (size < 8) throw new ModelError(MODEL_ERROR.invalid, truncated)
  await using handle = await open(file, 'r')
  const prefix = new DataView(new ArrayBuffer(8))
  await handle.read(new Uint8Array(prefix.buffer), 0, 8, 0)
  const length = prefix.getBigUint64(0, true)
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new ModelError(MODEL_ERROR.invalid, `${file}: not a safetensors file (header of ${length} bytes claimed).`)
  }
  if (8n + length > BigInt(size)) throw new ModelError(MODEL_ERROR.invalid, truncated)
  const header = new Uint8Array(Number(length))
  await handle.read(header, 0, header.byteLength, 8)
  return header
}

function weightSet(entries: readonly TensorEntry[], metadata: Record<string, string>, files: string[]): WeightSet {
  const bytes = entries.reduce((sum, entry) => sum + entry.length, 0)
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata, files, bytes }
}
