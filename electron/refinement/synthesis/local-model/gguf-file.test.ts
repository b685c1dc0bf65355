import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { writeGguf } from '../../testing/gguf-writer.ts'
import { readGguf } from './gguf-file.ts'

const file = writeGguf(
  {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.name': { type: 'string', value: 'Small 1' },
    'llama.context_length': { type: 'u32', value: 4_096 },
    'llama.rope.freq_base': { type: 'f32', value: 10_000 },
    'tokenizer.ggml.tokens': { type: 'strings', value: ['<s>', 'a', '\u2581b'] },
    'tokenizer.ggml.scores': { type: 'f32s', value: [0, 1, 2] },
  },
  [
    { name: 'token_embd.weight', shape: [8, 3], data: new Float32Array(24) },
    { name: 'output_norm.weight', shape: [8], data: new Float32Array(8) },
  ],
)
/** Where the weights begin: 32 numbers of 4 bytes at the end. */
const HEAD = file.length - 128

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dmr-gguf-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(bytes: Uint8Array): Promise<unknown> {
  const path = join(folder, 'model.gguf')
  writeFileSync(path, bytes)
  return readGguf(path).catch((error: unknown) => error)
}
const invalid = expect.objectContaining({
  code: 'MODEL_INVALID',
  message: expect.stringMatching(/model\.gguf .*\.gguf\.$/),
})

describe('the head of a GGUF file', () => {
  it('says what model is in it', async () => {
    expect(await read(file)).toEqual({
      ...{ architecture: 'llama', name: 'Small 1', parameters: 32, contextTokens: 4_096 },
      bytes: file.length,
    })
  })

  it.each([
    ['another format', Buffer.from('PK\u0003\u0004 and so on, long enough for a head'), /begin with "GGUF"/],
    ['another version', replaced(4, u32(9)), /version 9/],
    ['nothing', Buffer.alloc(0), /begin with "GGUF"/],
    ['a number of tensors that cannot be', replaced(8, u64(1n << 40n)), /1099511627776 tensors/],
    ['a number of entries beyond all numbers', replaced(16, u64(2n ** 64n - 1n)), /18446744073709551615/],
    ['a key longer than the file', replaced(24, u64(1n << 50n)), /a key claims/],
    ['no architecture', replaced(32, Buffer.from('general.architecturE')), /no architecture/],
    ['weights that were cut off', file.subarray(0, HEAD), /cut off/],
  ])('with %s is refused with a reason and a remedy', async (_, bytes, reason) => {
    const error = await read(bytes)
    expect(error).toEqual(invalid)
    expect((error as Error).message).toMatch(reason)
  })

  it('is refused wherever it was cut, and never reserves what it claims', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(HEAD), async (length) => {
        expect(await read(file.subarray(0, length))).toEqual(invalid)
      }),
    )
  })

  it('with any eight bytes changed is read or refused, fast and with little memory', async () => {
    const lies = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(HEAD - 8), lies, async (at, lie) => {
        const outcome = await read(replaced(at, u64(lie)))
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WorkbenchError)
        else expect(outcome).toMatchObject({ bytes: file.length })
      }),
      { numRuns: 300 },
    )
  })

  it('is named when it is not there, or is a folder', async () => {
    await expect(readGguf(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(readGguf(folder)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

function replaced(at: number, bytes: Buffer): Buffer {
  const copy = Buffer.from(file)
  bytes.copy(copy, at)
  return copy
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
