import type { Database } from 'better-sqlite3'

export interface GenerationKey {
  /** Of the whole instruction without the passage: template, drawn attributes, task. */
  readonly promptHash: string
  readonly model: string
  readonly passageHash: string
}

export interface Generation {
  readonly answer: string
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Prompt templates that were used and what generators answered. */
export class GenerationRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  addPrompt(prompt: { hash: string; name: string; version: number; content: string }): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO prompt (hash, name, version, content) VALUES (@hash, @name, @version, @content)')
      .run(prompt)
  }

  prompt(hash: string): { hash: string; name: string; version: number } | undefined {
    return this.#db
      .prepare<[string], { hash: string; name: string; version: number }>(
        'SELECT hash, name, version FROM prompt WHERE hash = ?',
      )
      .get(hash)
  }

  find({ promptHash, model, passageHash }: GenerationKey): Generation | undefined {
    return this.#db
      .prepare<[string, string, string], Generation>(
        `SELECT answer, input_tokens AS inputTokens, output_tokens AS outputTokens FROM generation
         WHERE prompt_hash = ? AND model = ? AND passage_hash = ?`,
      )
      .get(promptHash, model, passageHash)
  }

  save({ promptHash, model, passageHash }: GenerationKey, generation: Generation): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO generation VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        promptHash,
        model,
        passageHash,
        generation.answer,
        generation.inputTokens,
        generation.outputTokens,
        Date.now(),
      )
  }
}
