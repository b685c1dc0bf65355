import type { SelfCheck } from '../contracts/self-checks.ts'
import { SelfCheckJob } from '../training/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import { snapshots } from './snapshots.ts'

/** The training engine's checks of itself: the Training view and `dmr train --self-check`. */
export function selfChecksService(library: Library) {
  const { launcher, paths } = library.platform
  const job = new SelfCheckJob({ launcher, dataFolder: paths.data })
  library.queue.register(job)

  /** The checks as they go; the job ends with whoever follows it. */
  async function* follow(jobId: number, left: AbortSignal | undefined): AsyncGenerator<SelfCheck[], void> {
    const ended = new AbortController()
    const result = library.queue.result(jobId, left).finally(() => ended.abort())
    result.catch(() => {}) // is awaited below, unless the caller has left
    const signal = left ? AbortSignal.any([left, ended.signal]) : ended.signal
    const onChange = (listener: () => void) => job.onChange(listener)
    try {
      yield* snapshots(() => [...job.checks(jobId)], onChange, { intervalMs: 0, signal })
      await result
      yield [...job.checks(jobId)]
    } finally {
      library.queue.cancel(jobId)
    }
  }

  return {
    run: os.selfChecks.run.handler(async function* ({ input, signal }) {
      library.requireWritable()
      const params = input.model === undefined ? {} : { model: library.models.registry.require(input.model).path }
      yield* follow(library.queue.enqueue('self-check', params).id, signal)
    }),
  }
}
