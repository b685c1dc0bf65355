import type { JobQueue } from '../jobs/index.ts'
import type { JobRepository } from '../storage/index.ts'
import { os } from './base.ts'
import { snapshots } from './snapshots.ts'

const AT_MOST_EVERY_MS = 200

/** Running and past jobs: the Activity view and the status bar. */
export function jobsService(queue: JobQueue, jobs: JobRepository) {
  return {
    list: os.jobs.list.handler(({ input }) => queue.recent(input.limit)),
    watch: os.jobs.watch.handler(({ signal }) =>
      snapshots(
        () => queue.current(),
        (listener) => queue.onChange(listener),
        { intervalMs: AT_MOST_EVERY_MS, signal },
      ),
    ),
    events: os.jobs.events.handler(({ input }) => jobs.events(input.id)),
    pause: os.jobs.pause.handler(({ input }) => queue.pause(input.id)),
    resume: os.jobs.resume.handler(({ input }) => queue.resume(input.id)),
    cancel: os.jobs.cancel.handler(({ input }) => queue.cancel(input.id)),
  }
}
