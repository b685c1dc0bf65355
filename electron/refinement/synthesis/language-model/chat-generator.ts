import * as v from 'valibot'
import type { Intent } from '../../../contracts/intents.ts'
import type { GeneratorId, OpenAiSettings } from '../../../contracts/refinement.ts'
import { sampleWithoutReplacement, seededRandom, type RandomSource } from '../../../platform/seeded-random.ts'
import type { GenerationRepository } from '../../../storage/index.ts'
import {
  GeneratorRefusal,
  type GenerateOptions,
  type GeneratorUsage,
  type PairGenerator,
  type SourcePassage,
  type WrittenPair,
} from '../generator.ts'
import type { ChatModel } from './chat-client.ts'
import { parseAnswer } from './parse-answer.ts'
import { fill, hashOf, type SynthesisPrompts, type WrittenField } from './prompts.ts'

const MOST_TASKS = 5
/** QAdoc asks about documents from many sides (METHOD 3). */
const MOST_DOCUMENT_TASKS = 20
/** An answer that is no JSON, or another JSON, is asked for this often. */
const ANSWER_ATTEMPTS = 3
const LONGEST_QUERY = 1_000
const LONGEST_TEXT = 6_000

const text = (longest: number) => v.pipe(v.string(), v.trim(), v.minLength(8), v.maxLength(longest))
const tasksSchema = v.strictObject({
  tasks: v.pipe(v.array(text(400)), v.minLength(1), v.maxLength(MOST_DOCUMENT_TASKS)),
})

/**
 * Writes pairs with a language model in two steps (METHOD 3): it thinks of situations in which the passage is searched for,
 * then writes query and texts for one of them with drawn attributes. Every answer is kept by (prompt, model, passage), so a
 * second run asks only what is missing. A passage may try to give orders: it is quoted as a JSON string, and what does
 * not fit the schema, quotes our instructions, or brings addresses that the passage does not have, is dropped.
 */
export class ChatGenerator implements PairGenerator {
  readonly id: Exclude<GeneratorId, 'cloze'>
  readonly model: string
  readonly concurrency: number
  readonly #client: ChatModel
  readonly #prompts: SynthesisPrompts
  readonly #generations: GenerationRepository
  readonly #prices: OpenAiSettings['prices']
  #fromCache = 0
  #inputTokens = 0
  #outputTokens = 0

  constructor(parts: {
    id: ChatGenerator['id']
    settings: Pick<OpenAiSettings, 'model' | 'parallel' | 'prices'>
    prompts: SynthesisPrompts
    generations: GenerationRepository
    client: ChatModel
  }) {
    this.id = parts.id
    this.model = parts.settings.model
    this.concurrency = parts.settings.parallel
    this.#client = parts.client
    this.#prompts = parts.prompts
    this.#generations = parts.generations
    this.#prices = parts.settings.prices
    const { hash, name, version, content } = parts.prompts
    parts.generations.addPrompt({ hash, name, version, content })
  }

  async generate(passage: SourcePassage, intent: Intent, options: GenerateOptions): Promise<readonly WrittenPair[]> {
    const random = seededRandom(
      Number.parseInt(hashOf(`${options.seed} ${intent} ${passage.textHash}`).slice(0, 8), 16),
    )
    const { situation } = this.#prompts.intents[intent]
    const count = Math.max(options.perPassage, intent === 'QAdoc' ? MOST_DOCUMENT_TASKS : MOST_TASKS)
    const brainstorm = fill(this.#prompts.brainstorm, { count: String(count), situation })
    const { tasks } = await this.#ask(
      `${brainstorm}\n${asked({ tasks: 'array of strings' })}`,
      TASKS_FORM,
      tasksSchema,
      passage,
      options,
    )
    const pairs: WrittenPair[] = []
    for (const task of sampleWithoutReplacement(tasks, options.perPassage, random))
      pairs.push(await this.#write(passage, intent, task, random, options))
    return pairs
  }

  close(): void {
    this.#client.close?.()
  }

  usage(): GeneratorUsage {
    const cost = this.#prices
      ? (this.#inputTokens * this.#prices.input + this.#outputTokens * this.#prices.output) / 1e6
      : undefined
    return {
      requests: this.#client.requests,
      fromCache: this.#fromCache,
      retries: this.#client.retries,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      ...(cost === undefined ? {} : { cost }),
    }
  }

  async #write(
    passage: SourcePassage,
    intent: Intent,
    task: string,
    random: RandomSource,
    options: GenerateOptions,
  ): Promise<WrittenPair> {
    const { instruction, fields, positive } = this.#prompts.intents[intent]
    const attributes = Object.fromEntries(
      Object.entries(this.#prompts.attributes).map(([name, values]) => [
        name,
        values[Math.floor(random() * values.length)]!,
      ]),
    )
    const form = Object.fromEntries([['query', 'string'], ...fields.map((field) => [field, 'string'])]) as Record<
      string,
      string
    >
    const written = await this.#ask(
      `${fill(this.#prompts.write, { ...attributes, task, instruction })}\n${asked(form)}`,
      stringsForm(Object.keys(form)),
      answerSchema(fields),
      passage,
      options,
    )
    const { query } = written
    const negatives = fields.filter((field) => field !== 'positive').map((field) => written[field]!)
    return {
      query,
      positive: positive === 'passage' ? passage.text : written['positive']!,
      method: 'brainstorm-then-write',
      task,
      attributes,
      writtenNegatives: negatives,
      promptHash: this.#prompts.hash,
    }
  }

  /** Asks until the answer fits, from what was kept where possible. */
  async #ask<Schema extends v.GenericSchema>(
    instruction: string,
    form: Readonly<Record<string, unknown>>,
    schema: Schema,
    passage: SourcePassage,
    { signal, seed }: GenerateOptions,
  ): Promise<v.InferOutput<Schema>> {
    const { system } = this.#prompts
    const key = { promptHash: hashOf(`${system}\n${instruction}`), model: this.model, passageHash: passage.textHash }
    const known = this.#generations.find(key)
    if (known) {
      this.#fromCache++
      return v.parse(schema, JSON.parse(known.answer))
    }
    let problem = ''
    for (let attempt = 0; attempt < ANSWER_ATTEMPTS; attempt++) {
      const answer = await this.#client.ask({
        system,
        user: `${instruction}\n\nPASSAGE ${JSON.stringify(passage.text)}`,
        schema: form,
        // Another seed, or the same wrong answer would come again.
        seed: seed + attempt,
        signal,
      })
      this.#inputTokens += answer.inputTokens
      this.#outputTokens += answer.outputTokens
      const parsed = parseAnswer(schema, answer.text)
      const foreign = parsed.success ? this.#foreign(JSON.stringify(parsed.output), passage) : undefined
      if (parsed.success && foreign === undefined) {
        this.#generations.save(key, { ...answer, answer: JSON.stringify(parsed.output) })
        return parsed.output
      }
      problem = parsed.success ? foreign! : parsed.problem
    }
    throw new GeneratorRefusal(`${ANSWER_ATTEMPTS} answers of ${this.model} cannot be used: ${problem}`)
  }

  /** A passage that gave orders, or a model that wanders off, shows in these. @returns what is wrong. */
  #foreign(answer: string, passage: SourcePassage): string | undefined {
    const address = answer.match(/\bhttps?:\/\/[^\s"\\]+/giu)?.find((one) => !passage.text.includes(one))
    if (address !== undefined) return `it holds an address that the passage does not have: ${address.slice(0, 80)}`
    return answer.includes('PASSAGE \\"') || answer.includes(this.#prompts.system.slice(0, 60))
      ? 'it quotes the instructions'
      : undefined
  }
}

const TASKS_FORM = {
  type: 'object',
  properties: { tasks: { type: 'array', items: { type: 'string' } } },
  required: ['tasks'],
  additionalProperties: false,
}

function stringsForm(names: readonly string[]) {
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    required: names,
    additionalProperties: false,
  }
}

/** For servers that know no schema. */
function asked(form: Readonly<Record<string, string>>): string {
  return `Answer with a JSON object with these fields: ${Object.entries(form)
    .map(([name, type]) => `"${name}" (${type})`)
    .join(', ')}.`
}

function answerSchema(fields: readonly WrittenField[]) {
  return v.strictObject({
    query: text(LONGEST_QUERY),
    ...(Object.fromEntries(fields.map((field) => [field, text(LONGEST_TEXT)])) as {
      [Field in WrittenField]?: ReturnType<typeof text>
    }),
  }) as unknown as v.GenericSchema<Record<string, string>, { query: string } & Partial<Record<WrittenField, string>>>
}
