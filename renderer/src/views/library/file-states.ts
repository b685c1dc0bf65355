import CircleAlert from '@lucide/svelte/icons/circle-alert'
import CircleCheck from '@lucide/svelte/icons/circle-check'
import CircleX from '@lucide/svelte/icons/circle-x'
import Clock from '@lucide/svelte/icons/clock'
import Copy from '@lucide/svelte/icons/copy'
import EyeOff from '@lucide/svelte/icons/eye-off'
import FileQuestion from '@lucide/svelte/icons/file-question-mark'
import FileX from '@lucide/svelte/icons/file-x'
import Hourglass from '@lucide/svelte/icons/hourglass'
import Lock from '@lucide/svelte/icons/lock'
import ScanLine from '@lucide/svelte/icons/scan-line'
import type { Component } from 'svelte'
import type { FileRow, FileState } from '../../../../electron/contracts/library.ts'
import { strings } from '../../strings/index.ts'

export interface StateLook {
  readonly label: string
  readonly tone: 'neutral' | 'good' | 'warn' | 'bad' | 'accent'
  readonly icon: Component
}

const words = strings.library.states

/** How each state looks: never by colour alone. */
export const STATE_LOOKS: Readonly<Record<FileState, StateLook>> = {
  waiting: { label: words.waiting, tone: 'neutral', icon: Hourglass },
  reading: { label: words.reading, tone: 'accent', icon: Clock },
  indexed: { label: words.indexed, tone: 'good', icon: CircleCheck },
  duplicate: { label: words.duplicate, tone: 'neutral', icon: Copy },
  'needs-ocr': { label: words['needs-ocr'], tone: 'warn', icon: ScanLine },
  encrypted: { label: words.encrypted, tone: 'warn', icon: Lock },
  damaged: { label: words.damaged, tone: 'bad', icon: CircleX },
  unsupported: { label: words.unsupported, tone: 'neutral', icon: FileX },
  empty: { label: words.empty, tone: 'neutral', icon: FileQuestion },
  excluded: { label: words.excluded, tone: 'neutral', icon: EyeOff },
  failed: { label: words.failed, tone: 'bad', icon: CircleAlert },
}

const NEAR_COPY: StateLook = { label: words.nearCopy, tone: 'neutral', icon: Copy }

/** A searchable file that has near copies is shown as one of them: that is what a person may want to look at. */
export function lookOf(file: Pick<FileRow, 'state' | 'nearCopies'>): StateLook {
  return file.state === 'indexed' && file.nearCopies > 1 ? NEAR_COPY : STATE_LOOKS[file.state]
}
