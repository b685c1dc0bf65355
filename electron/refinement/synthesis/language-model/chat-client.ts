import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { said, type Wording } from '../../../contracts/wording.ts'
import type { OpenAiSettings } from '../../../contracts/refinement.ts'
import { countTokens } from '../../../text/tokens.ts'
import { GeneratorRefusal } from '../generator.ts'
import { RateLimit } from './rate-limit.ts'

export interface ChatRequest {
  readonly system: string
  readonly user: string
  /** JSON schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly signal: AbortSignal
}

export interface ChatAnswer {
  readonly text: string
  readonly inputTokens: number
  readonly outputTokens: number
}

/** A language model, wherever it runs. */
export interface ChatModel {
  /** Asked so far, and how many of them again after a failure that passed. */
  readonly requests: number
  readonly retries: number
  /**
   * @throws WorkbenchError when the model cannot be used at all; GeneratorRefusal when it fails on this request for good; the
   * signal's reason.
   */
  ask(request: ChatRequest): Promise<ChatAnswer>
  /** Frees what it holds. It may be asked again. */
  close?(): void
}

/** An answer of six short fields has some 600 tokens. */
const MOST_TOKENS = 2_000
/** A server that ignores the limit is cut off here. */
const MOST_CHARACTERS = 40_000
const ATTEMPTS = 5
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000

/**
 * Asks a server that speaks OpenAI's protocol (OpenAI, Ollama, LM Studio, llama.cpp, vLLM). Answers are streamed, so that
 * one that stalls is noticed; what a server does for a while only (429, 5xx, a lost connection, a stall) is tried again with
 * growing pauses. Nothing but the request leaves the machine: the client's own headers about system and runtime are removed.
 */
export class ChatClient implements ChatModel {
  readonly #client: OpenAI
  readonly #settings: OpenAiSettings
  readonly #rate: RateLimit
  /** Servers differ in what they know: first a schema, then any JSON object, then the wording of the prompt alone. */
  #format: 'json_schema' | 'json_object' | 'text' = 'json_schema'
  requests = 0
  retries = 0

  /** @param environment where the key is looked up. */
  constructor(settings: OpenAiSettings, environment: Readonly<Record<string, string | undefined>> = process.env) {
    this.#settings = settings
    this.#rate = new RateLimit(settings.requestsPerMinute)
    this.#client = new OpenAI({
      baseURL: settings.baseUrl,
      // Local servers need none, but the client insists on some text.
      apiKey: environment[settings.keyVariable] ?? 'none',
      organization: null,
      project: null,
      maxRetries: 0,
      logLevel: 'off',
      timeout: settings.timeoutSeconds * 1_000,
      defaultHeaders: Object.fromEntries(ABOUT_THIS_MACHINE.map((name) => [`x-stainless-${name}`, null])),
    })
  }

  /**
   * @throws WorkbenchError NOT_AVAILABLE when the server cannot be reached or refuses us; GeneratorRefusal when it fails on
   * this request for good; the signal's reason.
   */
  async ask(request: ChatRequest): Promise<ChatAnswer> {
    for (let attempt = 1; ; attempt++) {
      await this.#rate.turn(request.signal)
      request.signal.throwIfAborted()
      try {
        this.requests++
        return await this.#stream(request)
      } catch (error) {
        request.signal.throwIfAborted()
        if (this.#formatIsUnknown(error)) continue
        if (!isPassing(error) || attempt === ATTEMPTS) throw this.#explain(error, attempt)
        this.retries++
        const delay = retryDelay(error, attempt)
        if (error instanceof APIError && error.status === 429) this.#rate.pause(delay)
        await sleep(delay, undefined, { signal: request.signal })
      }
    }
  }

  async #stream({ system, user, schema, seed, signal }: ChatRequest): Promise<ChatAnswer> {
    const stall = new AbortController()
    const limit = this.#settings.timeoutSeconds * 1_000
    let timer = setTimeout(() => stall.abort(), limit)
    try {
      const stream = await this.#client.chat.completions.create(
        {
          model: this.#settings.model,
          messages: [
            { role: 'system', content: system },
            { role: 'user', content: user },
          ],
          temperature: 0,
          seed,
          max_tokens: MOST_TOKENS,
          stream: true,
          stream_options: { include_usage: true },
          ...responseFormat(this.#format, schema),
        },
        { signal: AbortSignal.any([signal, stall.signal]) },
      )
      let text = ''
      let usage: { prompt_tokens: number; completion_tokens: number } | null | undefined
      for await (const chunk of stream) {
        clearTimeout(timer)
        timer = setTimeout(() => stall.abort(), limit)
        text += chunk.choices[0]?.delta?.content ?? ''
        usage = chunk.usage ?? usage
        if (text.length > MOST_CHARACTERS)
          throw new GeneratorRefusal(`the answer is longer than ${MOST_CHARACTERS.toLocaleString('en')} characters`)
      }
      // The stream ends quietly when it is aborted.
      if (stall.signal.aborted) throw new StalledError()
      return {
        text,
        inputTokens: usage?.prompt_tokens ?? countTokens(system) + countTokens(user),
        outputTokens: usage?.completion_tokens ?? countTokens(text),
      }
    } catch (error) {
      if (stall.signal.aborted && !signal.aborted) throw new StalledError()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Steps down to a simpler form of constraint when the server says it does not know this one. */
  #formatIsUnknown(error: unknown): boolean {
    if (!(error instanceof APIError) || ![400, 422].includes(Number(error.status)) || this.#format === 'text')
      return false
    if (!/response_format|json_schema|json_object|schema|grammar/iu.test(error.message)) return false
    this.#format = this.#format === 'json_schema' ? 'json_object' : 'text'
    return true
  }

  #explain(error: unknown, attempts: number): unknown {
    const { baseUrl, model, keyVariable, timeoutSeconds } = this.#settings
    const after = attempts > 1 ? said` after ${attempts} attempts` : ''
    if (error instanceof StalledError)
      return new GeneratorRefusal(`${baseUrl} gave no word for ${timeoutSeconds} s${after}`)
    if (error instanceof APIConnectionError)
      return unavailable(
        said`${baseUrl} cannot be reached${after}. Is the server running, and is the address right?`,
        error,
      )
    if (!(error instanceof APIError)) return error
    if (error.status === 401 || error.status === 403)
      return unavailable(said`${baseUrl} refuses the key. Set the environment variable ${keyVariable}.`, error)
    if (error.status === 404)
      return unavailable(
        said`${baseUrl} knows no model "${model}", or is no OpenAI-compatible address (they mostly end in /v1).`,
        error,
      )
    if (error.status === 429)
      return unavailable(said`${baseUrl} is asked too often${after}. Set a lower rate, or try later.`, error)
    return new GeneratorRefusal(
      `${baseUrl} answered ${error.status ?? 'with an error'}${after}: ${error.message.slice(0, 200)}`,
    )
  }
}

/** Header names behind "x-stainless-": what the client would tell about the system it runs on. */
const ABOUT_THIS_MACHINE = [
  'lang',
  'package-version',
  'os',
  'arch',
  'runtime',
  'runtime-version',
  'retry-count',
  'timeout',
]

class StalledError extends Error {}

function isPassing(error: unknown): boolean {
  if (error instanceof StalledError) return true
  if (error instanceof APIUserAbortError) return false
  if (error instanceof APIConnectionError) return true
  if (error instanceof APIError)
    return error.status === undefined || error.status === 429 || error.status === 408 || error.status >= 500
  // A connection that ends in the middle of a stream.
  return error instanceof TypeError && /terminated|fetch failed|network/iu.test(error.message)
}

/** What the server asks for, else 0.5 s doubled with every attempt, a quarter of it at random so that requests spread. */
function retryDelay(error: unknown, attempt: number): number {
  const asked = error instanceof APIError ? Number(error.headers?.get('retry-after') ?? NaN) : NaN
  const wanted = Number.isFinite(asked) ? asked * 1_000 : FIRST_DELAY_MS * 2 ** (attempt - 1)
  return Math.min(LONGEST_DELAY_MS, wanted * (1 + Math.random() / 4))
}

function responseFormat(format: 'json_schema' | 'json_object' | 'text', schema: Readonly<Record<string, unknown>>) {
  if (format === 'text') return {}
  if (format === 'json_object') return { response_format: { type: 'json_object' } as const }
  const json_schema = { name: 'answer', strict: true, schema: { ...schema } }
  return { response_format: { type: 'json_schema', json_schema } as const }
}

function unavailable(message: Wording, cause: unknown): WorkbenchError {
  return new WorkbenchError('NOT_AVAILABLE', message, { cause })
}
