// Memory that runs out, for real: a step in a process that may have no more than so many bytes.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { writeRandomWeights } from '../output/random-model.ts'

const CHILD = fileURLToPath(new URL('../testing/memory-child.ts', import.meta.url))
/** Node and the runtime take some 600 MB of it, most of it reserved and never touched. */
const LIMIT_BYTES = 900_000_000
/** All texts of the step at once: attention alone takes 1.5 GB. */
const ALL_TOKENS = 48 * 512

const canLimit = spawnSync('prlimit', ['--version']).status === 0
if (!canLimit) console.warn('skipped: memory of a process can be limited with prlimit on Linux only')

it.skipIf(!canLimit)(
  'a step that runs out of memory names a microbatch that fits, and it does fit',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dmr-memory-'))
    try {
      const sizes = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 8, intermediate_size: 64 }
      await writeRandomWeights(
        folder,
        { model_type: 'bert', ...sizes, vocab_size: 100, max_position_embeddings: 512 },
        1,
      )
      const failed = await limited(folder, ALL_TOKENS)
      expect(failed).toMatchObject({ code: 'TRAINING_MEMORY' })
      const advice = /in a microbatch of 24576 tokens\. Set microbatchTokens to (\d+), which fits/
      expect(failed.message).toMatch(advice)
      const [, suggested] = advice.exec(failed.message!)!
      expect(Number(suggested)).toBeGreaterThanOrEqual(512)
      const again = await limited(folder, Number(suggested))
      expect(again.loss).toBeCloseTo(Math.log(32), 4) // one text for all: nothing to tell them apart
    } finally {
      await rm(folder, { recursive: true })
    }
  },
  60_000,
)

async function limited(folder: string, tokens: number): Promise<{ code?: string; message?: string; loss?: number }> {
  const args = [`--data=${LIMIT_BYTES}`, process.execPath, CHILD, folder, String(tokens)]
  const { stdout } = await promisify(execFile)('prlimit', args)
  return JSON.parse(stdout) as Awaited<ReturnType<typeof limited>>
}
