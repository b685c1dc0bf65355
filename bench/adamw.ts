/**
 * One AdamW step over flat buffers, by backend: `node bench/adamw.ts [parameters]`, default 33 million (a MiniLM-L12).
 * The plain loop is what one would write in JavaScript without asking for float32 results; the TypeScript reference
 * rounds every operation.
 */
import { type AdamwState, type Kernels, loadKernels } from '../native/index.ts'
import { median, printTable, timeEach } from './support/measure.ts'

const length = Number(process.argv[2] ?? 33_000_000)
const OPTIONS = {
  learningRate: 2e-5,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  noDecay: [[1000, 2000]],
} as const

const buffer = (scale: number) => new Float32Array(new SharedArrayBuffer(4 * length)).map((_, i) => scale * Math.sin(i))
const state: AdamwState = { param: buffer(0.02), grad: buffer(1e-3), m: buffer(0), v: buffer(0) }

const wanted = [{ only: 'typescript' }, { only: 'wasm' }, { only: 'addon', threads: 1 }, { only: 'addon' }] as const
const plain = median(timeEach([1, 2, 3], plainLoop))
const rows = [['plain JavaScript loop', plain, 1, NaN]]
for (const options of wanted) {
  const kernels = await loadKernels(options).catch((error: Error) => console.log(`skipped: ${error.message}`))
  if (!kernels) continue
  const threads = 'threads' in options ? `, ${options.threads} thread` : ''
  const step = median(timeEach(steps(kernels), (step) => kernels.adamw(state, { ...OPTIONS, step })))
  const norm = median(timeEach(steps(kernels), () => kernels.sumOfSquares(state.grad)))
  rows.push([kernels.backend + threads, step, plain / step, norm])
}
console.log(`${length} parameters, median of several steps`)
printTable(
  ['backend', 'step, ms', 'times as fast', 'sum of squares, ms'],
  rows.map(([name, step, ratio, norm]) => [
    String(name),
    Number(step).toFixed(0),
    Number(ratio).toFixed(2),
    Number.isNaN(norm) ? '-' : Number(norm).toFixed(0),
  ]),
)

function steps({ backend }: Kernels): number[] {
  return Array.from({ length: backend === 'typescript' ? 3 : 9 }, (_, i) => i + 1)
}

function plainLoop(step: number): void {
  const { param, grad, m, v } = state
  const { learningRate, beta1, beta2, epsilon, weightDecay } = OPTIONS
  const correction1 = 1 / (1 - beta1 ** step)
  const correction2 = 1 / (1 - beta2 ** step)
  for (let i = 0; i < param.length; i++) {
    const g = grad[i]!
    const mi = (m[i] = beta1 * m[i]! + (1 - beta1) * g)
    const vi = (v[i] = beta2 * v[i]! + (1 - beta2) * g * g)
    const update = (learningRate * correction1 * mi) / (Math.sqrt(vi * correction2) + epsilon)
    param[i] = param[i]! * (1 - learningRate * weightDecay) - update
  }
}
