/** Where the model and the package that runs it are. */
export interface OpenLocalModel {
  readonly file: string
  /** Folder in which node-llama-cpp was installed; null: among the application's own packages. */
  readonly packageFolder: string | null
  readonly contextTokens: number
  readonly threads: number
  readonly gpu: boolean
}

export type GenerateRequest =
  | ({ readonly kind: 'open' } & OpenLocalModel)
  | {
      readonly kind: 'ask'
      readonly id: number
      readonly system: string
      readonly user: string
      /** JSON schema; the grammar allows nothing else. */
      readonly schema: Readonly<Record<string, unknown>>
      readonly seed: number
      readonly maxTokens: number
    }
  | { readonly kind: 'cancel'; readonly id: number }

export type GenerateReply =
  | { readonly kind: 'opened' }
  /** The model cannot be used at all. */
  | { readonly kind: 'failed'; readonly code: 'NOT_AVAILABLE' | 'MODEL_INVALID'; readonly message: string }
  | {
      readonly kind: 'answer'
      readonly id: number
      readonly text: string
      readonly inputTokens: number
      readonly outputTokens: number
    }
  /** This request failed; the next one may succeed. */
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
