import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { JobRepository, LibraryDatabase } from '../storage/index.ts'
import type { JobContext, JobHandler } from './job-handler.ts'
import { JobQueue } from './job-queue.ts'

let folder: string
let library: LibraryDatabase
let jobs: JobRepository

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-jobs-'))
  library = LibraryDatabase.open(join(folder, 'library.db'))
  jobs = new JobRepository(library.db)
})
afterEach(() => {
  library.close()
  rmSync(folder, { recursive: true, force: true })
})

type Body = (context: JobContext<{ n: number }>) => Promise<unknown>

function queueWith(run: Body, overrides: Partial<JobHandler<{ n: number }>> = {}): JobQueue {
  const queue = new JobQueue(jobs, pino({ level: 'silent' }))
  queue.register({
    kind: 'index',
    lane: 'ingest',
    pausable: true,
    afterRestart: 'resume',
    title: ({ n }) => said`job ${n}`,
    run,
    ...overrides,
  })
  return queue
}

const untilAborted: Body = ({ signal }) =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  )

describe('the job queue', () => {
  it('runs the jobs of a lane one after the other and keeps their results', async () => {
    const running: number[] = []
    const queue = queueWith(async ({ params }) => {
      running.push(params.n)
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(running.at(-1)).toBe(params.n)
      return params.n * 2
    })
    const ids = [1, 2, 3].map((n) => queue.enqueue('index', { n }).id)
    expect(await Promise.all(ids.map((id) => queue.result(id)))).toEqual([2, 4, 6])
    expect(running).toEqual([1, 2, 3])
    expect(queue.get(ids[0]!).state).toBe('done')
  })

  it('stores why a job failed, and the next one runs', async () => {
    const queue = queueWith(({ params }) => {
      if (params.n === 1) throw new WorkbenchError('DISK_FULL', 'The disk is full.')
      return Promise.resolve('fine')
    })
    const bad = queue.enqueue('index', { n: 1 })
    const good = queue.enqueue('index', { n: 2 })
    await expect(queue.result(bad.id)).rejects.toThrow('The disk is full.')
    expect(await queue.result(good.id)).toBe('fine')
    expect(jobs.events(bad.id).map((event) => event.text)).toEqual(['The disk is full.'])
  })

  it('outlives progress that cannot be stored, also when a timer stores it', async () => {
    jobs.setProgress = () => {
      throw new Error('database or disk is full')
    }
    const queue = queueWith(async ({ report }) => {
      const stage = { name: 'Read', unit: 'files', total: 2 }
      report({ stages: [{ ...stage, done: 1 }] })
      report({ stages: [{ ...stage, done: 2 }] })
      await new Promise((resolve) => setTimeout(resolve, 700))
      return 'read'
    })
    expect(await queue.result(queue.enqueue('index', { n: 1 }).id)).toBe('read')
  })

  it('tells why a job failed even where that cannot be stored, and runs it again when asked to', async () => {
    let isFull = true
    const { setState, addEvent } = jobs
    jobs.setState = (...args) => {
      if (isFull && args[1] === 'failed') throw new Error('database or disk is full')
      setState.apply(jobs, args)
    }
    jobs.addEvent = (...args) => {
      if (isFull) throw new Error('database or disk is full')
      return addEvent.apply(jobs, args)
    }
    const queue = queueWith(() =>
      isFull ? Promise.reject(new WorkbenchError('DISK_FULL', 'The disk is full.')) : Promise.resolve('read'),
    )
    const { id } = queue.enqueue('index', { n: 1 })
    await expect(queue.result(id)).rejects.toThrow('The disk is full.')
    expect(queue.get(id)).toMatchObject({ state: 'failed', message: 'The disk is full.' })
    isFull = false
    queue.resume(id)
    expect(await queue.result(id)).toBe('read')
  })

  it('pauses and resumes by running again with the same parameters', async () => {
    let starts = 0
    const queue = queueWith((context) => (++starts === 1 ? untilAborted(context) : Promise.resolve(starts)))
    const { id } = queue.enqueue('index', { n: 1 })
    expect(queue.pause(id).state).toBe('paused')
    await expect(queue.result(id)).rejects.toThrow(/was stopped/)
    queue.resume(id)
    expect(await queue.result(id)).toBe(2)
  })

  it('cancels a waiting job and a running one', async () => {
    const queue = queueWith(untilAborted)
    const running = queue.enqueue('index', { n: 1 })
    const waiting = queue.enqueue('index', { n: 2 })
    expect(queue.cancel(waiting.id).state).toBe('cancelled')
    expect(queue.cancel(running.id).state).toBe('cancelled')
    await queue.close()
    expect(queue.get(running.id).state).toBe('cancelled')
  })

  it('takes up after a shutdown what can go on and fails what cannot', async () => {
    const first = queueWith(untilAborted)
    const { id } = first.enqueue('index', { n: 7 })
    await first.close()
    expect(jobs.byId(id)!.state).toBe('running')

    const resumed = queueWith(({ params }) => Promise.resolve(params.n))
    resumed.recover()
    expect(await resumed.result(id)).toBe(7)

    jobs.setState(id, 'running')
    const failing = queueWith(untilAborted, { afterRestart: 'fail' })
    failing.recover()
    await expect(failing.result(id)).rejects.toThrow(/Start it again/)
  })

  it('keeps a paused job paused over a restart', () => {
    const queue = queueWith(untilAborted)
    const { id } = queue.enqueue('index', { n: 1 })
    queue.pause(id)
    const restarted = queueWith(untilAborted)
    restarted.recover()
    expect(restarted.get(id).state).toBe('paused')
  })
})
