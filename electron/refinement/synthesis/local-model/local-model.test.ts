import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NodeLauncher } from '../../../platform/node-launcher.ts'
import { sharedData } from '../../../../tests/shared-data.ts'
import { ggufFromLlama2c, writeGguf } from '../../testing/gguf-writer.ts'
import { readGguf } from './gguf-file.ts'
import { LocalModelClient } from './local-model-client.ts'

const SCHEMA = {
  type: 'object',
  properties: { query: { type: 'string', maxLength: 60 }, tasks: { type: 'array', items: { type: 'string' } } },
  required: ['query', 'tasks'],
  additionalProperties: false,
}

let folder = ''
let file = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-local-model-'))
  file = join(folder, 'model.gguf')
  const tensor = { name: 'token_embd.weight', shape: [4], data: new Float32Array(4) }
  writeFileSync(file, writeGguf({ 'general.architecture': { type: 'string', value: 'llama' } }, [tensor]))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const clients: LocalModelClient[] = []
afterEach(() => clients.splice(0).forEach((client) => client.close()))
function clientOf(packageFolder: string | null, model = file): LocalModelClient {
  const settings = { file: model, packageFolder, contextTokens: 512, threads: 1, gpu: false }
  const client = new LocalModelClient(new NodeLauncher(), settings)
  clients.push(client)
  return client
}
const ask = (client: LocalModelClient, user: string, signal = new AbortController().signal) =>
  client.ask({ system: 'Write JSON.', user, schema: SCHEMA, seed: 1, signal })

/** A package of the same name and interface, for machines without the real one. It answers as it is told to. */
function writeStandIn(home: string): string {
  const place = join(home, 'node_modules', 'node-llama-cpp')
  mkdirSync(place, { recursive: true })
  writeFileSync(
    join(place, 'package.json'),
    '{"name":"node-llama-cpp","version":"3.99.0","type":"module","main":"index.js"}',
  )
  writeFileSync(
    join(place, 'index.js'),
    `import http from 'node:http'
    let used = 0
    const sequence = { tokenMeter: { getState: () => ({ usedInputTokens: 10 * used, usedOutputTokens: used }) }, clearHistory: async () => {} }
    export class LlamaChatSession {
      async prompt(text, { grammar, signal }) {
        used++
        if (text === 'crash') process.abort()
        if (text === 'network') http.get('http://127.0.0.1:1')
        if (text === 'wait') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return JSON.stringify({ query: text, grammar })
      }
      dispose() {}
    }
    export const getLlama = async (options) => ({
      loadModel: async () => ({ trainContextSize: 4096, tokenize: (text) => text.split(' '), createContext: async () => ({ getSequence: () => sequence }) }),
      createGrammarForJsonSchema: async (schema) => ({ ...schema, options }),
    })`,
  )
  return home
}

describe('a local model', () => {
  it('is asked in a process of its own, held to the schema, one request after the other', async () => {
    const client = clientOf(writeStandIn(join(folder, 'stand-in')))
    const answers = await Promise.all(['one', 'two'].map((text) => ask(client, text)))
    const [first, second] = answers.map(({ text }) => JSON.parse(text) as { query: string; grammar: unknown })
    expect([first?.query, second?.query]).toEqual(['one', 'two'])
    expect(answers[1]).toMatchObject({ inputTokens: 10, outputTokens: 1 })
    expect(first?.grammar).toMatchObject({
      properties: { query: { maxLength: 60 }, tasks: { minItems: 1, items: { maxLength: 1_200 } } },
      options: { build: 'never', skipDownload: true, gpu: false },
    })
    expect(client.requests).toBe(2)
  })

  it('ends a request that nobody waits for, and goes on with the next', async () => {
    const client = clientOf(writeStandIn(join(folder, 'stand-in')))
    const controller = new AbortController()
    const waiting = ask(client, 'wait', controller.signal)
    const next = ask(client, 'next')
    controller.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    expect((await next).text).toContain('next')
  })

  it('costs one passage when its process dies, and nothing reaches the network from it', async () => {
    const client = clientOf(writeStandIn(join(folder, 'stand-in')))
    await expect(ask(client, 'crash')).rejects.toMatchObject({ name: 'GeneratorRefusal' })
    await expect(ask(client, 'network')).rejects.toThrow(/no network access/)
    expect((await ask(client, 'again')).text).toContain('again')
  })

  it.each([
    ['among its own packages', null, /npm install --omit=optional node-llama-cpp@3 @node-llama-cpp\/\w+-\w+@3/],
    ['in a folder without it', '.', /which is not in .*Install it there/],
  ])('says how to install the package that is not %s', async (_, place, message) => {
    const client = clientOf(place === null ? null : folder)
    await expect(ask(client, 'one')).rejects.toMatchObject({
      code: 'NOT_AVAILABLE',
      message: expect.stringMatching(message) as string,
    })
    // Known from now on: no second process is started for it.
    await expect(ask(client, 'two')).rejects.toThrow(message)
  })

  it('is refused when the package is of another generation', async () => {
    const home = writeStandIn(join(folder, 'old'))
    const manifest = join(home, 'node_modules', 'node-llama-cpp', 'package.json')
    writeFileSync(manifest, '{"name":"node-llama-cpp","version":"2.8.0","type":"module","main":"index.js"}')
    await expect(ask(clientOf(home), 'one')).rejects.toThrow(/2\.8\.0; version 3 is needed/)
  })
})

/** A folder into which node-llama-cpp was installed; see docs/dependencies.md. */
const runtime = process.env['DMR_LLAMA_FOLDER']
const stories = sharedData('models/stories260K')
if (runtime === undefined) console.warn('skipped: DMR_LLAMA_FOLDER names no folder with node-llama-cpp')

describe.skipIf(runtime === undefined || stories === undefined)('a real language model of 260,000 weights', () => {
  it('answers in the form asked for, the same for the same seed', async () => {
    const model = join(folder, 'stories.gguf')
    writeFileSync(model, ggufFromLlama2c(stories!))
    expect(await readGguf(model)).toMatchObject({ architecture: 'llama', name: 'stories260K', contextTokens: 512 })
    const client = clientOf(runtime!, model)
    const [one, two] = [await ask(client, 'Tell a story.'), await ask(client, 'Tell a story.')]
    const written = JSON.parse(one.text) as { query: string; tasks: string[] }
    expect(Object.keys(written)).toEqual(['query', 'tasks'])
    expect(written.tasks.length).toBeGreaterThan(0)
    expect(two.text).toBe(one.text)
    expect(one.outputTokens).toBeGreaterThan(0)
    await expect(ask(client, 'A long story. '.repeat(200))).rejects.toThrow(/have \d+ tokens, and it reads 512/)
  }, 60_000)

  it('that cannot be loaded is named, with what to try', async () => {
    await expect(ask(clientOf(runtime!), 'one')).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/model\.gguf cannot be run/) as string,
    })
  }, 60_000)
})
