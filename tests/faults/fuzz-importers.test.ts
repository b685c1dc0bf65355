// Files that people bring: what was written comes back, and whatever else lies there is refused with the place and the remedy.
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  EvaluationInputError,
  parseQrels,
  parseRun,
  qrelsLines,
  runLines,
  type Run,
} from '../../electron/evaluation/index.ts'
import { openSafetensors, readTensor } from '../../electron/ml/checkpoint/safetensors.ts'
import { writeSafetensors } from '../../electron/ml/checkpoint/safetensors-writer.ts'
import { ModelError } from '../../electron/ml/models/model-error.ts'
import { modelFixture } from '../../electron/ml/testing/model-fixtures.ts'
import { loadTokenizer } from '../../electron/ml/tokenizer/load-tokenizer.ts'
import { parseExample } from '../../electron/training/data/examples.ts'
import { TrainingError } from '../../electron/training/training-error.ts'
import { many, SEED } from './support/plan.ts'

const RUNS = { numRuns: many(150, 5_000), seed: SEED }
const FILE_RUNS = { numRuns: many(40, 1_000), seed: SEED }
const TIMEOUT = many(60_000, 900_000)

const folder = mkdtempSync(join(tmpdir(), 'dmr-importers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs an importer on damaged input: it may succeed, or refuse in words for people that name the source. */
async function accepts<T>(
  kind: abstract new (...args: never[]) => Error,
  source: string,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    expect(error, error instanceof Error ? (error.stack ?? '') : String(error)).toBeInstanceOf(kind)
    expect((error as Error).message).toContain(source)
    expect((error as Error).message.length).toBeGreaterThan(source.length + 10)
    return undefined
  }
}

/** Lines as editors, scripts and broken transfers leave them: cut, doubled, with foreign line ends, marks and fields. */
function mangled(lines: fc.Arbitrary<string[]>): fc.Arbitrary<string> {
  const change = fc.record({
    kind: fc.constantFrom('cut', 'double', 'drop', 'insert', 'swap'),
    at: fc.nat(10_000),
    text: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('\t', ' ', '\r', '\u0000', '-1e999', 'NaN', '{', '"'),
    ),
  })
  return fc.tuple(lines, fc.array(change, { maxLength: 4 })).map(([all, changes]) =>
    changes.reduce((text, { kind, at, text: inserted }) => {
      const place = text.length === 0 ? 0 : at % text.length
      if (kind === 'cut') return text.slice(0, place)
      if (kind === 'double') return text + text.slice(place)
      if (kind === 'drop') return text.slice(0, place) + text.slice(place + inserted.length + 1)
      if (kind === 'swap') return text.slice(place) + text.slice(0, place)
      return text.slice(0, place) + inserted + text.slice(place)
    }, all.join('')),
  )
}

const id = fc.oneof(
  fc.stringMatching(/^[\w.-]{1,12}$/u),
  fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() === text && /^[^#]/u.test(text)),
)
const uniqueIds = fc.uniqueArray(fc.stringMatching(/^[\w.-]{1,12}$/u), { minLength: 1, maxLength: 6 })

describe('TREC files', () => {
  const qrels = fc.uniqueArray(id, { minLength: 1, maxLength: 4 }).chain((queries) =>
    fc
      .tuple(
        ...queries.map((query) =>
          fc.tuple(
            fc.constant(query),
            fc.dictionary(fc.stringMatching(/^d[\w.-]{0,8}$/u), fc.integer({ min: -2, max: 4 }), {
              minKeys: 1,
              maxKeys: 5,
            }),
          ),
        ),
      )
      .map(
        (all) =>
          new Map(all.map(([query, grades]) => [query.replaceAll(/\s/gu, '_'), new Map(Object.entries(grades))])),
      ),
  )
  const runs = fc
    .tuple(uniqueIds, uniqueIds, fc.infiniteStream(fc.double({ noNaN: true, noDefaultInfinity: true })))
    .map(
      ([queries, documents, scores]) =>
        new Map(
          queries.map((query) => [query, documents.map((docId) => ({ docId, score: scores.next().value as number }))]),
        ),
    )

  it('come back as they were written', () => {
    fc.assert(
      fc.property(qrels, (judged) => {
        expect(parseQrels([...qrelsLines(judged)].join(''), 'a.qrels')).toEqual(judged)
      }),
      RUNS,
    )
    fc.assert(
      fc.property(runs, (run) => {
        const again = parseRun([...runLines(run, 'tag')].join(''), 'a.run')
        const scores = (one: Run) =>
          [...one].map(([query, documents]) => [
            query,
            Object.fromEntries(documents.map(({ docId, score }) => [docId, score + 0])),
          ])
        expect(scores(again)).toEqual(scores(run))
      }),
      RUNS,
    )
  })

  it('that are damaged are refused with the place', { timeout: TIMEOUT }, async () => {
    const lines = fc.oneof(
      qrels.map((judged) => [...qrelsLines(judged)]),
      runs.map((run) => [...runLines(run, 'tag')]),
    )
    await fc.assert(
      fc.asyncProperty(mangled(lines), async (text) => {
        for (const parse of [parseQrels, parseRun])
          await accepts(EvaluationInputError, 'a.txt', () => void parse(text, 'a.txt'))
      }),
      RUNS,
    )
  })
})

describe('training data in JSON lines', () => {
  const passage = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.trim() !== '')
  const example = fc
    .record({
      query: passage,
      pos: fc.array(passage, { minLength: 1 }),
      neg: fc.array(passage),
    })
    .filter(({ pos, neg }) => !neg.some((text) => pos.includes(text)))

  it('are read as they were written', () => {
    fc.assert(
      fc.property(example, (one) => {
        const { query, positives, negatives } = parseExample('a.jsonl', 1, JSON.stringify(one))
        expect({ query, pos: positives, neg: negatives }).toEqual(one)
      }),
      RUNS,
    )
  })

  it('that are damaged or mean something else are refused with file and line', { timeout: TIMEOUT }, async () => {
    const other = fc.oneof(
      mangled(example.map((one) => [JSON.stringify(one)])),
      fc.json(),
      fc
        .record(
          {
            query: fc.jsonValue(),
            pos: fc.jsonValue(),
            neg: fc.jsonValue(),
            prompt: fc.jsonValue(),
            pos_scores: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(other, async (line) => {
        const read = await accepts(TrainingError, 'a.jsonl, line 7', () => parseExample('a.jsonl', 7, line))
        if (read) expect(read.positives.length).toBeGreaterThan(0)
      }),
      RUNS,
    )
  })
})

describe('safetensors files', () => {
  const file = join(folder, 'model.safetensors')
  const tensors = fc.uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__metadata__'),
      rows: fc.nat(4),
      columns: fc.integer({ min: 1, max: 5 }),
      first: fc.float({ noNaN: true }),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 5 },
  )
  const write = (all: readonly { name: string; rows: number; columns: number; first: number }[]) =>
    writeSafetensors(
      file,
      all.map(({ name, rows, columns, first }) => ({
        name,
        dtype: 'F32' as const,
        shape: [rows, columns],
        data: new Float32Array(rows * columns).fill(first),
      })),
    )

  it('come back as they were written', { timeout: TIMEOUT }, async () => {
    await fc.assert(
      fc.asyncProperty(tensors, async (all) => {
        await write(all)
        const set = await openSafetensors(file)
        for (const { name, rows, columns, first } of all) {
          const entry = set.tensors.get(name)!
          expect(entry.shape).toEqual([rows, columns])
          expect(await readTensor(entry)).toEqual(new Float32Array(rows * columns).fill(first))
        }
      }),
      FILE_RUNS,
    )
  })

  it(
    'with any bytes changed, cut or added are refused, or hold what they say they hold',
    { timeout: TIMEOUT },
    async () => {
      const damage = fc.array(
        fc.record({ at: fc.nat(4_000), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'add', 'header') }),
        { minLength: 1, maxLength: 4 },
      )
      await fc.assert(
        fc.asyncProperty(tensors, damage, async (all, changes) => {
          await write(all)
          let bytes = readFileSync(file)
          for (const { at, byte, kind } of changes) {
            const place = bytes.length === 0 ? 0 : at % bytes.length
            if (kind === 'cut') bytes = bytes.subarray(0, place)
            else if (kind === 'add') bytes = Buffer.concat([bytes, Buffer.alloc(at, byte)])
            else if (kind === 'header') bytes[at % 8] = byte
            else bytes[place] = byte
          }
          writeFileSync(file, bytes)
          const set = await accepts(ModelError, file, () => openSafetensors(file))
          for (const entry of set?.tensors.values() ?? []) {
            // Never more than the file holds, whatever its header says.
            expect(entry.offset + entry.length).toBeLessThanOrEqual(bytes.length)
            await accepts(ModelError, '', () => readTensor(entry))
          }
        }),
        FILE_RUNS,
      )
    },
  )
})

describe('tokenizer.json', () => {
  const source = JSON.parse(readFileSync(join(modelFixture('bert'), 'tokenizer.json'), 'utf8')) as Record<
    string,
    unknown
  >

  it(
    'with any part replaced is refused naming the file, or turns text into ids of its vocabulary',
    { timeout: TIMEOUT },
    async () => {
      const paths = pathsOf(source)
      const change = fc.tuple(
        fc.constantFrom(...paths),
        fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(null, [], {}, '', -1, 1e12)),
      )
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 3 }),
          fc.string({ unit: 'binary', maxLength: 40 }),
          async (changes, text) => {
            const definition = structuredClone(source)
            for (const [path, value] of changes) replaceAt(definition, path, value)
            writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(definition))
            const tokenizer = await accepts(ModelError, folder, () => loadTokenizer(folder))
            if (!tokenizer) return
            const encoded = await accepts(ModelError, '', () =>
              tokenizer.encode(`the levee ${text}`, { maxTokens: 32 }),
            )
            if (!encoded) return
            expect(encoded.ids.length).toBeLessThanOrEqual(32)
            for (const token of encoded.ids) expect(Number.isInteger(token) && token >= 0).toBe(true)
          },
        ),
        FILE_RUNS,
      )
    },
  )
})

/** Every place in a JSON value down to the vocabulary, whose words are all alike. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const here = path.length > 0 ? [path] : []
  if (typeof value !== 'object' || value === null || path.at(-1) === 'vocab') return here
  return [...here, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]
}

function replaceAt(value: Record<string, unknown>, path: readonly string[], replacement: unknown): void {
  const [key, ...rest] = path as [string, ...string[]]
  const inner = value[key]
  if (rest.length > 0 && typeof inner === 'object' && inner !== null)
    replaceAt(inner as Record<string, unknown>, rest, replacement)
  else value[key] = replacement
}
