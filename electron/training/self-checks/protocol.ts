// Messages between the self-check job and the training process.
import type { SelfCheck } from '../../contracts/self-checks.ts'
import type { SelfCheckTask } from './self-checks.ts'

export interface SelfCheckRequest {
  readonly kind: 'self-check'
  readonly task: SelfCheckTask
}

export type SelfCheckReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checks'; readonly checks: readonly SelfCheck[] }
  | { readonly kind: 'checked'; readonly checks: readonly SelfCheck[] }
  | { readonly kind: 'failed'; readonly message: string }
