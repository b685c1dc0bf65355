import * as v from 'valibot'
import { GRADES, PROMPT_STYLES, type Grade, type PromptStyle } from '../../contracts/curation.ts'
import type { Intent } from '../../contracts/intents.ts'
import { GeneratorRefusal, hashOf, parseAnswer, type ChatClient } from '../../refinement/index.ts'
import type { GenerationRepository } from '../../storage/index.ts'
import type { RelevancePrompts } from './relevance-prompts.ts'

export interface RatedTexts {
  readonly intent: Intent
  readonly query: string
  readonly text: string
}

export interface Rating {
  /** 0 to 3; a fraction where the styles do not agree. */
  readonly grade: number
  readonly byStyle: Readonly<Record<PromptStyle, Grade>>
}

/** An answer that does not fit is asked for this often. */
const ANSWER_ATTEMPTS = 3

/**
 * Grades one query and passage with a language model in three styles (at once; thinking first; by aspects), as DisastIR did
 * (METHOD 8, arXiv 2505.15856). Each answer is kept by prompt, model and passage, so a second run asks only what is missing.
 * Query and passage are quoted as JSON strings and called data; an answer that leaves its form is dropped.
 */
export class RelevanceRater {
  readonly #client: Pick<ChatClient, 'ask'>
  readonly #model: string
  readonly #prompts: RelevancePrompts
  readonly #generations: GenerationRepository

  constructor(parts: {
    client: Pick<ChatClient, 'ask'>
    model: string
    prompts: RelevancePrompts
    generations: GenerationRepository
  }) {
    this.#client = parts.client
    this.#model = parts.model
    this.#prompts = parts.prompts
    this.#generations = parts.generations
    const { hash, name, version, content } = parts.prompts
    parts.generations.addPrompt({ hash, name, version, content })
  }

  /**
   * @throws GeneratorRefusal when the model gives no usable answer here; WorkbenchError NOT_AVAILABLE when it cannot be
   * reached; the signal's reason.
   */
  async rate(texts: RatedTexts, signal: AbortSignal): Promise<Rating> {
    const byStyle = {} as Record<PromptStyle, Grade>
    for (const style of PROMPT_STYLES) byStyle[style] = await this.#ask(style, texts, signal)
    return { grade: majorityElseMean(Object.values(byStyle)), byStyle }
  }

  async #ask(style: PromptStyle, { intent, query, text }: RatedTexts, signal: AbortSignal): Promise<Grade> {
    const { system, scale, criteria, styles } = this.#prompts
    const { instruction, fields } = styles[style]
    const answer = answerForm(fields)
    const request = `${criteria[intent]}\n${scale}\n${instruction}\n${answer.asked}\n\nQUERY ${JSON.stringify(query)}`
    const key = { promptHash: hashOf(`${system}\n${request}`), model: this.#model, passageHash: hashOf(text) }
    const known = this.#generations.find(key)
    if (known) return v.parse(answer.schema, JSON.parse(known.answer)).grade
    let problem = ''
    for (let attempt = 0; attempt < ANSWER_ATTEMPTS; attempt++) {
      const given = await this.#client.ask({
        system,
        user: `${request}\n\nPASSAGE ${JSON.stringify(text)}`,
        schema: answer.form,
        // Another seed, or the same wrong answer would come again.
        seed: 1 + attempt,
        signal,
      })
      const parsed = parseAnswer(answer.schema, given.text)
      if (parsed.success) {
        this.#generations.save(key, { ...given, answer: JSON.stringify(parsed.output) })
        return parsed.output.grade
      }
      problem = parsed.problem
    }
    throw new GeneratorRefusal(`${ANSWER_ATTEMPTS} answers of ${this.#model} cannot be used: ${problem}`)
  }
}

/** The grade that more than half of the styles gave, else their mean. */
export function majorityElseMean(grades: readonly number[]): number {
  const most = grades.find((grade) => grades.filter((other) => other === grade).length * 2 > grades.length)
  return most ?? grades.reduce((sum, grade) => sum + grade, 0) / grades.length
}

/** The grade comes last, so that a model that writes from left to right has thought by then. */
function answerForm(fields: Readonly<Record<string, 'text' | 'grade'>>) {
  const grade = v.picklist(GRADES)
  const names = [...Object.keys(fields), 'grade']
  const isText = (name: string): boolean => fields[name] === 'text'
  const entries = Object.fromEntries(
    Object.keys(fields).map((name) => [name, isText(name) ? v.pipe(v.string(), v.maxLength(4_000)) : grade]),
  )
  return {
    schema: v.strictObject({ ...entries, grade }),
    form: {
      type: 'object',
      properties: Object.fromEntries(
        names.map((name) => [name, isText(name) ? { type: 'string' } : { type: 'integer', enum: [...GRADES] }]),
      ),
      required: names,
      additionalProperties: false,
    },
    asked: `Answer with a JSON object with these fields: ${names
      .map((name) => `"${name}" (${isText(name) ? 'string' : 'integer from 0 to 3'})`)
      .join(', ')}.`,
  }
}
