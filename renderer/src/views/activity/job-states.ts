import Ban from '@lucide/svelte/icons/ban'
import CircleAlert from '@lucide/svelte/icons/circle-alert'
import CircleCheck from '@lucide/svelte/icons/circle-check'
import Hourglass from '@lucide/svelte/icons/hourglass'
import Pause from '@lucide/svelte/icons/pause'
import Activity from '@lucide/svelte/icons/activity'
import type { Component } from 'svelte'
import type { JobState } from '../../../../electron/contracts/jobs.ts'

interface JobLook {
  readonly tone: 'neutral' | 'good' | 'warn' | 'bad' | 'accent'
  readonly icon: Component
}

export const JOB_LOOKS: Readonly<Record<JobState, JobLook>> = {
  queued: { tone: 'neutral', icon: Hourglass },
  running: { tone: 'accent', icon: Activity },
  paused: { tone: 'warn', icon: Pause },
  done: { tone: 'good', icon: CircleCheck },
  failed: { tone: 'bad', icon: CircleAlert },
  cancelled: { tone: 'neutral', icon: Ban },
}
