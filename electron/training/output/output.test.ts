import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { exportForCluster } from './cluster-export.ts'
import { EventFile, maskedCrc } from './event-file.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-output-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('TensorBoard events', () => {
  it('checksums are those of the format', () => {
    // CRC-32C of "123456789" is 0xe3069283 (RFC 3720); masked: rotated right by 15 bits, plus 0xa282ead8.
    const crc = 0xe3069283
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
    expect(maskedCrc(new TextEncoder().encode('123456789'))).toBe(masked)
  })

  it('records can be read back, one after the other', async () => {
    const folder = join(root, 'events')
    const file = await EventFile.open(folder)
    file.add({
      kind: 'evaluation',
      stage: 1,
      step: 300,
      ndcg: 0.5,
      byIntent: { QA: 0.5 },
      best: true,
      queries: [],
      seconds: 1,
    })
    await file.close()
    const [name] = await readdir(folder)
    const bytes = await readFile(join(folder, name!))
    const tags: string[] = []
    for (let at = 0; at < bytes.length;) {
      const length = Number(bytes.readBigUInt64LE(at))
      expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)))
      const message = bytes.subarray(at + 12, at + 12 + length)
      expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(message))
      tags.push(message.toString('latin1'))
      at += 16 + length
    }
    expect(tags).toHaveLength(3)
    expect(tags[0]).toContain('brain.Event:2')
    expect(tags[1]).toContain('stage 1/nDCG@10')
    expect([...Buffer.from(tags[1]!, 'latin1').subarray(9, 12)]).toEqual([0x10, 0xac, 0x02]) // step 300
  })
})

it('an export for a cluster has the data of every stage and a script that names its settings', async () => {
  const data = await writeTinyData(join(root, 'data'))
  const folder = join(root, 'cluster')
  const examples = await exportForCluster({ recipe: tinyRecipe('qwen3'), data, model: 'Qwen/Qwen3-4B', folder })
  expect(examples).toBe(3 * 48)
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  expect((await readdir(folder)).sort()).toEqual([
    'README.md',
    'data',
    'deepspeed.json',
    'run.slurm',
    'stage-1-adaptation.sh',
    'stage-2-contrastive.sh',
    'stage-3-instruction-0.65.sh',
  ])
  const [line] = (await read('data/2-contrastive/QA.jsonl')).split('\n')
  expect(Object.keys(JSON.parse(line!) as object)).toEqual(['query', 'pos', 'neg', 'pos_scores', 'neg_scores'])
  expect((await read('data/1-adaptation/QA.txt')).trim().split('\n')).toHaveLength(48)
  const contrastive = await read('stage-2-contrastive.sh')
  for (const part of [
    '--model_name_or_path output/1-adaptation',
    '--temperature 0.05',
    '--negatives_cross_device True',
  ])
    expect(contrastive).toContain(part)
  expect(await read('stage-1-adaptation.sh')).toContain('--model_name_or_path Qwen/Qwen3-4B')
  expect(await read('stage-3-instruction-0.65.sh')).toContain('--train_group_size 4')
  expect(await read('run.slurm')).toMatch(/srun .*stage-1.*\n.*stage-2.*\n.*stage-3/)
})
