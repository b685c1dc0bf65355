import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { says, stalls, startChatServer, type Behaviour } from '../electron/refinement/testing/chat-server.ts'
import { startDmr } from './support/dmr.ts'

const sample = fileURLToPath(new URL('../resources/sample-library/pdfs', import.meta.url))
const resources = fileURLToPath(new URL('../resources/models', import.meta.url))
/** Present once the embedding model that comes with the application has been built. */
const hasModel =
  existsSync(resources) && readdirSync(resources).some((name) => existsSync(join(resources, name, 'config.json')))
const FILES = [
  'sops/eoc-handbook.pdf',
  'sops/sop-140-river-desk.pdf',
  'annexes/annex-w-wildfire.pdf',
  'annexes/annex-f-mass-care.pdf',
  'plans/larkmoor-dam-emergency-action-plan.pdf',
]

interface Refined {
  synthesis: { pairs: number; failed: number; byIntent: Record<string, { pairs: number }> }
  filter: {
    in: number
    kept: number
    dropped: number
    retrievers: string[]
    byIntent: Record<string, { in: number; kept: number }>
  }
  mining: { sets: { name: string; alpha: number; pairs: number; negatives: number; skipped: number }[] }
  exported: string[]
}

const folder = mkdtempSync(join(tmpdir(), 'dmr-refine-cli-'))
const data = { DMR_DATA: join(folder, 'data') }
const run = (...args: string[]) => startDmr([...args, '--library', join(folder, 'library.db'), '--json'], data).outcome
let refined: Refined

describe('dmr refine on PDFs of the sample library', () => {
  beforeAll(async () => {
    for (const file of FILES) cpSync(join(sample, file), join(folder, 'pdfs', file))
    const { code, json, stderr } = await run('refine', join(folder, 'pdfs'), '--export', join(folder, 'out'))
    expect(code, stderr).toBe(0)
    refined = json as Refined
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('writes, filters and mines for all six intents, with as many retrievers as a fresh machine has', () => {
    const { synthesis, filter } = refined
    expect(Object.keys(synthesis.byIntent).sort()).toEqual(['FactCheck', 'NLI', 'QA', 'QAdoc', 'STS', 'Twitter'])
    expect(filter.retrievers.slice(0, 2)).toEqual(['lexical', 'latent-semantic'])
    expect(filter.retrievers).toHaveLength(hasModel ? 3 : 2)
    expect(filter.in).toBe(synthesis.pairs)
    expect(filter.kept + filter.dropped).toBe(filter.in)
    expect(filter.kept).toBeGreaterThan(filter.in / 10)
    expect(filter.dropped).toBeGreaterThan(0)
  })

  it('exports a set for each alpha, whose every line traces back to a page of a PDF', () => {
    expect(refined.mining.sets.map(({ name }) => name)).toEqual(['MTT-0.65', 'MTT-0.75', 'MTT-0.85'])
    for (const { name, pairs, negatives } of refined.mining.sets) {
      expect(pairs, name).toBeGreaterThan(20)
      expect(negatives, name).toBeGreaterThan(pairs)
      const lines = ['train', 'dev', 'test'].flatMap((split) => read(join(folder, 'out', name, `${split}.jsonl`)))
      const lineages = ['train', 'dev', 'test'].flatMap((split) =>
        read(join(folder, 'out', name, `${split}.lineage.jsonl`)),
      )
      expect(lines).toHaveLength(pairs)
      for (const [i, { query, pos, neg, prompt }] of lines.entries()) {
        expect(query).toBeTypeOf('string')
        expect(prompt).toMatch(/^Given the /)
        expect(neg).not.toContain((pos as string[])[0])
        const { pos: places } = lineages[i] as { pos: { document: string; page: number }[] }
        expect(places[0]!.document).toMatch(/^[0-9a-f]{64}$/)
        expect(places[0]!.page).toBeGreaterThan(0)
      }
    }
  })

  it('is repeated without a change, and each step alone reports what the documentation promises', async () => {
    const synthesis = await run('synthesize')
    expect(synthesis.json).toMatchObject({ pairs: refined.synthesis.pairs, added: 0, failed: 0 })
    const filter = await run('filter', '--top-n', '2', '--rule', 'agree')
    expect(filter.json).toMatchObject({ in: refined.filter.in, rule: 'agree', topN: 2 })
    const mine = await run('mine', '--alpha', '0.5', '--model', 'latent-semantic')
    const { sets } = mine.json as Refined['mining']
    expect(sets).toEqual([expect.objectContaining({ alpha: 0.5 })])
    const list = await run('dataset', 'list')
    expect((list.json as { name: string }[]).map(({ name }) => name)).toContain('MTT-0.5')
  }, 60_000)

  it.each(['beir', 'mteb', 'jsonl'])(
    'comes back from a %s export without loss',
    async (format) => {
      const out = join(folder, format)
      const exported = await run('dataset', 'export', 'MTT-0.75', out, '--format', format)
      expect(exported.code, exported.stderr).toBe(0)
      const imported = await run('dataset', 'import', out, '--name', `from-${format}`)
      expect(imported.code, imported.stderr).toBe(0)
      const again = join(folder, `${format}-again`)
      await run('dataset', 'export', `from-${format}`, again)
      const whole = (path: string) =>
        ['train', 'dev', 'test'].map((split) =>
          read(join(path, `${split}.jsonl`))
            .map((line) => JSON.stringify(line))
            .sort(),
        )
      expect(whole(again)).toEqual(whole(join(folder, 'out', 'MTT-0.75')))
    },
    60_000,
  )

  it('writes TREC files that its own metrics read', async () => {
    const out = join(folder, 'trec')
    await run('dataset', 'export', 'MTT-0.75', out, '--format', 'trec')
    const qrels = readFileSync(join(out, 'qrels.train.txt'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
    const perfect = qrels.map(([query, , document, grade]) => `${query} Q0 ${document} 1 ${grade} perfect`)
    writeFileSync(join(folder, 'perfect.run'), `${perfect.join('\n')}\n`)
    const { json, stderr } = await run(
      'metrics',
      '--qrels',
      join(out, 'qrels.train.txt'),
      '--run',
      join(folder, 'perfect.run'),
    )
    expect((json as { mean: Record<string, number> } | undefined)?.mean['nDCG@10'], stderr).toBe(1)
  }, 60_000)

  it('asks a language model over the network only when told where, ends at Ctrl-C and goes on later', async () => {
    const answer = (call: Parameters<Behaviour>[1]): string =>
      call.user.startsWith('Think of')
        ? JSON.stringify({ tasks: ['A planner looks for the trigger of an order.'] })
        : JSON.stringify({
            query: `What is decided in case ${server.calls.length}?`,
            hard_negative: 'Nothing is decided here.',
          })
    const model: Behaviour = (response, call) => says(answer(call))(response, call)
    const server = await startChatServer(model)
    try {
      const unset = await run('synthesize', '--generator', 'openai')
      expect(unset.stderr).toMatch(/No language model is configured/)
      const ask = [
        'synthesize',
        '--generator',
        'openai',
        '--intent',
        'QA',
        '--limit',
        '6',
        '--library',
        join(folder, 'library.db'),
        '--json',
      ]
      server.behave(model, model, model, model, ...Array.from({ length: 8 }, () => stalls))
      const stopped = startDmr([...ask, '--base-url', server.url, '--generator-model', 'tiny'], data)
      while (server.calls.length < 8) await new Promise((resolve) => setTimeout(resolve, 50))
      stopped.kill('SIGINT')
      expect((await stopped.outcome).code).toBe(130)
      const asked = server.calls.length
      server.behaveAsUsual()
      const { code, json, stderr } = await startDmr(ask, data).outcome
      expect(code, stderr).toBe(0)
      expect(json).toMatchObject({ pairs: 6, failed: 0, usage: { requests: server.calls.length - asked } })
      expect((json as { usage: { fromCache: number } }).usage.fromCache).toBeGreaterThan(0)
    } finally {
      await server.close()
    }
  }, 60_000)

  it('says what is wrong with input that cannot be used', async () => {
    const unknown = await run('filter', '--retrievers', 'lexical,bm26')
    expect(unknown.code).not.toBe(0)
    expect(unknown.stderr).toMatch(/no retriever "bm26".*latent-semantic/)
    const set = await run('dataset', 'export', 'MTX', join(folder, 'x'))
    expect(set.stderr).toMatch(/no data set "MTX".*MTT-0.65/)
    expect((await run('mine', '--alpha', 'high')).code).toBe(2)
  }, 60_000)
})

function read(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
