// A page with one chart, fed by the test that opens it: as many curves and points as it asks for.
import { mount } from 'svelte'
import { ChartGroup } from '../../../renderer/src/charts/chart-group.svelte.ts'
import { Curve } from '../../../renderer/src/charts/curve.ts'
import type { ChartContent } from '../../../renderer/src/charts/layout.ts'
import { curveStyle } from '../../../renderer/src/charts/palette.ts'
import { Workbench } from '../../../renderer/src/state/workbench.svelte.ts'
import ChartPage from './ChartPage.svelte'
import { Feed } from './feed.svelte.ts'
import type {} from './page-api.ts'

const group = new ChartGroup()
const feed = new Feed()
mount(ChartPage, { target: document.getElementById('app')!, props: { workbench: new Workbench(), group, feed } })

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))

window.feedChart = async (runs, points) => {
  const x = Float64Array.from({ length: points }, (_, index) => index + 1)
  const values = Array.from({ length: runs }, (_, run) => noisyLoss(points, run + 1))
  await nextFrame()
  const arrived = performance.now()
  const curves: ChartContent['curves'] = values.map((line, run) => ({
    ...{ id: run, name: `Run ${run + 1}`, style: curveStyle(run) },
    curve: new Curve({ x, line }),
  }))
  group.setWhole({ from: 1, to: points })
  feed.content = { curves, axis: 'step' }
  // The frame that draws it, then the one that comes when that was painted.
  await nextFrame()
  await nextFrame()
  return performance.now() - arrived
}

window.watchFrames = () => {
  const times: number[] = []
  let watching = true
  const note = (at: number): void => {
    times.push(at)
    if (watching) requestAnimationFrame(note)
  }
  requestAnimationFrame(note)
  return () => {
    watching = false
    return times
  }
}

function noisyLoss(points: number, seed: number): Float32Array {
  const values = new Float32Array(points)
  let state = seed
  for (let index = 0; index < points; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    values[index] = 2 * Math.exp((-4 * index) / points) + 0.4 + seed / 100 + (state / 2 ** 32) * 0.3
  }
  return values
}
