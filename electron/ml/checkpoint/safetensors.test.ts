import { mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MODEL_ERROR } from '../models/model-error.ts'
import { openSafetensors, openWeights, readTensor, readTensorBytes } from './safetensors.ts'
import { writeSafetensors } from './safetensors-writer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'))
})
afterAll(() => rm(folder, { recursive: true }))

const invalid = expect.objectContaining({ code: MODEL_ERROR.invalid })

/** A file with any header text and any number of data bytes, valid or not. */
async function handmade(name: string, header: unknown, dataBytes: number): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.byteLength))
  const path = join(folder, name)
  await writeFile(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]))
  return path
}

const tensor = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

describe('reading', () => {
  it('round-trips values, shapes and metadata through the writer', async () => {
    const path = join(folder, 'round.safetensors')
    await writeSafetensors(
      path,
      [
        { name: 'b', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 5, 6) },
        { name: 'a', dtype: 'I64', shape: [2], data: () => BigInt64Array.of(7n, -8n) },
        { name: 'scalar', dtype: 'F32', shape: [], data: Float32Array.of(42) },
      ],
      { step: '3' },
    )
    const weights = await openSafetensors(path)
    expect(weights.metadata).toEqual({ format: 'pt', step: '3' })
    expect([...weights.tensors.keys()]).toEqual(['a', 'b', 'scalar'])
    const b = weights.tensors.get('b')!
    expect(b.shape).toEqual([2, 3])
    expect([...(await readTensor(b))]).toEqual([1, -2, 3.5, 0, 5, 6])
    expect([...(await readTensor(weights.tensors.get('a')!))]).toEqual([7, -8])
    expect([...(await readTensor(weights.tensors.get('scalar')!))]).toEqual([42])
    expect(weights.tensors.get('a')!.offset % 8).toBe(0)
  })

  it('decodes F16 and BF16, including subnormals, infinities and NaN', async () => {
    const path = join(folder, 'half.safetensors')
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555)
    const brain = Uint16Array.of(0x3f80, 0x0001, 0x3f82, 0x7fc0, 0xc060)
    await writeSafetensors(path, [
      { name: 'h', dtype: 'F16', shape: [5], data: half },
      { name: 'b', dtype: 'BF16', shape: [5], data: brain },
    ])
    const { tensors } = await openSafetensors(path)
    expect([...(await readTensor(tensors.get('h')!))]).toEqual([1, -2, 2 ** -24, Infinity, Math.fround(0.333251953125)])
    expect([...(await readTensor(tensors.get('b')!))]).toEqual([1, 2 ** -133, 1.015625, NaN, -3.5])
  })

  it('gives absolute offsets that really point at the bytes, with an unaligned header too', async () => {
    const path = await handmade('odd.safetensors', JSON.stringify({ x: tensor(0, 4) }) + ' ', 4)
    const entry = (await openSafetensors(path)).tensors.get('x')!
    const bytes = await readFile(path)
    bytes.writeFloatLE(2.5, entry.offset)
    await writeFile(path, bytes)
    expect([...(await readTensor(entry))]).toEqual([2.5])
  })

  it('addresses tensors beyond 2 GB without reading the file', async () => {
    const gap = 2_600_000_000
    const path = await handmade('big.safetensors', { pad: tensor(0, gap, [gap], 'U8'), x: tensor(gap, gap + 4) }, 0)
    const handle = await open(path, 'r+')
    const base = (await handle.stat()).size
    await handle.write(Buffer.from(Float32Array.of(7).buffer), 0, 4, base + gap) // sparse: no disk is used
    await handle.close()
    const entry = (await openSafetensors(path)).tensors.get('x')!
    expect(entry.offset).toBe(base + gap)
    expect([...(await readTensor(entry))]).toEqual([7])
    await rm(path)
  })

  it.each([
    ['an empty file', async () => (await writeFile(join(folder, 'e'), ''), join(folder, 'e')), /too few/],
    ['a length field beyond the file', () => handmade('t', '{', 0).then((p) => truncate(p, 8)), /too few/],
    ['bad JSON', () => handmade('j', '{"x":', 0), /not valid JSON/],
    ['a header that is no object', () => handmade('l', '[1]', 0), /not a JSON object/],
    [
      'a tensor beyond the end',
      () => handmade('o', { x: tensor(0, 16) }, 8),
      /ends at byte \d+, but the file has only/,
    ],
    ['overlapping tensors', () => handmade('v', { x: tensor(0, 8), y: tensor(4, 12) }, 12), /"y" overlaps/],
    ['a hole', () => handmade('h', { x: tensor(0, 4), y: tensor(8, 12) }, 12), /4 bytes before tensor "y"/],
    ['trailing bytes', () => handmade('r', { x: tensor(0, 4) }, 9), /5 bytes after the last tensor/],
    [
      'a shape that contradicts the range',
      () => handmade('s', { x: tensor(0, 8, [3]) }, 8),
      /needs 12 bytes but has 8/,
    ],
    ['negative offsets', () => handmade('n', { x: tensor(-4, 0, [1]) }, 8), /no valid data_offsets/],
  ])('refuses %s and names the file', async (_, make, message) => {
    const path = await make()
    const error = await openSafetensors(path).catch((e: unknown) => e)
    expect(error).toEqual(invalid)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).toContain(path)
  })

  it('names an unknown dtype and what to do', async () => {
    const path = await handmade('d', { x: tensor(0, 4, [8], 'F4') }, 4)
    await expect(openSafetensors(path)).rejects.toThrow(/dtype F4.*Convert the model/)
  })
})

describe('folders', () => {
  it('follows the links of a Hugging Face cache to the blob', async () => {
    const blob = join(folder, 'blob')
    await writeSafetensors(blob, [{ name: 'x', dtype: 'F32', shape: [1], data: Float32Array.of(9) }])
    const snapshot = join(folder, 'snapshot')
    await mkdir(snapshot)
    await symlink('../blob', join(snapshot, 'model.safetensors'))
    const entry = (await openWeights(snapshot)).tensors.get('x')!
    expect(entry.file).toBe(blob)
    expect(await readTensorBytes(entry)).toHaveLength(4)
  })

  it('joins shards by the index and refuses an index that promises too much', async () => {
    const dir = join(folder, 'sharded')
    await mkdir(dir)
    for (const [i, name] of ['x', 'y'].entries()) {
      const data = Float32Array.of(i + 1)
      await writeSafetensors(join(dir, `model-0000${i + 1}-of-00002.safetensors`), [
        { name, dtype: 'F32', shape: [1], data },
      ])
    }
    const map = { x: 'model-00001-of-00002.safetensors', y: 'model-00002-of-00002.safetensors' }
    const index = join(dir, 'model.safetensors.index.json')
    await writeFile(index, JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }))
    const weights = await openWeights(dir)
    expect(weights.bytes).toBe(8)
    expect([...(await readTensor(weights.tensors.get('y')!))]).toEqual([2])

    await writeFile(index, JSON.stringify({ weight_map: { ...map, z: map.x } }))
    await expect(openWeights(dir)).rejects.toThrow(/"z" should be in model-00001/)
    await writeFile(index, JSON.stringify({ weight_map: { x: '../blob' } }))
    await expect(openWeights(dir)).rejects.toThrow(/names no valid shard/)
  })

  it('says why a PyTorch pickle is not read', async () => {
    const dir = join(folder, 'pickle')
    await mkdir(dir)
    await writeFile(join(dir, 'pytorch_model.bin'), '')
    await expect(openWeights(dir)).rejects.toThrow(/can run code.*safetensors version/)
  })
})

describe('writing', () => {
  it('leaves the old file and no temporary one when it fails', async () => {
    const dir = join(folder, 'atomic')
    await mkdir(dir)
    const path = join(dir, 'm.safetensors')
    const good = { name: 'x', dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const
    await writeSafetensors(path, [good])
    await expect(writeSafetensors(path, [good, { ...good, name: 'y', shape: [2] }])).rejects.toThrow(
      /needs 8 bytes, got 4/,
    )
    expect(await readdir(dir)).toEqual(['m.safetensors'])
    expect((await openSafetensors(path)).tensors.size).toBe(1)
  })

  it('takes a tensor in pieces, which may share one buffer, and counts their bytes', async () => {
    const [path, buffer] = [join(folder, 'pieces'), new Float32Array(2)]
    function* pieces(count: number): Generator<Float32Array> {
      for (let first = 0; first < count; first += 2) {
        buffer.set([first, first + 1])
        yield buffer.subarray(0, Math.min(2, count - first))
      }
    }
    const tensor = { name: 'x', dtype: 'F32', shape: [5] } as const
    const last = { name: 'y', dtype: 'F32', shape: [1], data: Float32Array.of(9) } as const
    await writeSafetensors(path, [{ ...tensor, data: () => pieces(5) }, last])
    const { tensors } = await openSafetensors(path)
    expect([...(await readTensor(tensors.get('x')!))]).toEqual([0, 1, 2, 3, 4])
    expect([...(await readTensor(tensors.get('y')!))]).toEqual([9])
    const short = writeSafetensors(path, [{ ...tensor, data: () => pieces(3) }, last])
    await expect(short).rejects.toThrow(/needs 20 bytes, got 12/)
  })

  it('gives equal bytes for equal tensors in any order', async () => {
    const x = { name: 'x', dtype: 'F16', shape: [3], data: Uint16Array.of(1, 2, 3) } as const
    const y = { name: 'y', dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    await writeSafetensors(one, [x, y])
    await writeSafetensors(two, [y, x])
    expect(await readFile(one)).toEqual(await readFile(two))
  })
})

async function truncate(path: string, size: number): Promise<string> {
  const handle = await open(path, 'r+')
  await handle.truncate(size)
  await handle.close()
  return path
}
