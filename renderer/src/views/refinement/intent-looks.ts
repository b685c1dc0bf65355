import ArrowRight from '@lucide/svelte/icons/arrow-right'
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark'
import Equal from '@lucide/svelte/icons/equal'
import FileText from '@lucide/svelte/icons/file-text'
import MessageSquare from '@lucide/svelte/icons/message-square'
import ShieldCheck from '@lucide/svelte/icons/shield-check'
import type { Component } from 'svelte'
import type { Intent } from '../../../../electron/contracts/intents.ts'

export const INTENT_ICONS: Readonly<Record<Intent, Component>> = {
  QA: CircleQuestionMark,
  QAdoc: FileText,
  Twitter: MessageSquare,
  FactCheck: ShieldCheck,
  NLI: ArrowRight,
  STS: Equal,
}
