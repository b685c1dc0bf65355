import { describe, expect, it } from 'vitest'
import type { JobProgress } from '../storage/index.ts'
import { ProgressKeeper } from './progress-keeper.ts'

function keeper() {
  const clock = { now: 1_000_000 }
  const stored: JobProgress[] = []
  const progress = new ProgressKeeper(
    (snapshot) => stored.push(snapshot),
    () => clock.now,
  )
  const report = (done: number, total: number | null): void =>
    progress.report({ stages: [{ name: 'Read', unit: 'pages', done, total }] })
  return { clock, stored, progress, report }
}

describe('progress', () => {
  it('is stored at once and then at most every half second, with the newest numbers', () => {
    const { clock, stored, progress, report } = keeper()
    report(0, 100)
    report(5, 100)
    report(7, 100)
    expect(stored).toHaveLength(1)
    clock.now += 600
    report(9, 100)
    expect(stored.map((snapshot) => snapshot.stages[0]!.done)).toEqual([0, 9])
    progress.close()
  })

  it('gives a rate over what it saw and the time left from it', () => {
    const { clock, stored, progress, report } = keeper()
    for (let second = 0; second <= 10; second += 1) {
      report(second * 20, 1_000)
      clock.now += 1_000
    }
    const { stages, secondsLeft } = stored.at(-1)!
    expect(stages[0]!.rate).toBeCloseTo(20, 5)
    expect(secondsLeft).toBeGreaterThan(35)
    expect(secondsLeft).toBeLessThan(55)
    progress.close()
  })

  it('shows no rate and no time before it knows one', () => {
    const { stored, progress, report } = keeper()
    report(3, null)
    expect(stored[0]!.stages[0]!.rate).toBeNull()
    expect(stored[0]!.secondsLeft).toBeNull()
    progress.close()
  })
})
