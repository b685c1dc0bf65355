// Which device runs a model fastest is measured with the model itself, never guessed.
import { installedDevices, type Device } from './ort-session.ts'
import { isFiniteArray, rowCosines } from './vectors.ts'

/** What was found out about a device. */
export interface DeviceReport {
  readonly device: Device
  readonly tokensPerSecond?: number
  /** Why the device is not used, in words for a person. */
  readonly reason?: string
}

/** What runs a model on one device. */
interface Opened {
  release(): Promise<void>
}

/** An opened model, where it runs, and what was tried on the way there. */
export interface DeviceChoice<Runner extends Opened> {
  readonly runner: Runner
  readonly device: Device
  readonly reports: readonly DeviceReport[]
}

/** What a runner made of the same texts as the others, in rows of `width` numbers, and how fast it was. */
export interface Trial {
  readonly values: Float32Array
  readonly width: number
  readonly tokensPerSecond: number
}

/** GPUs round differently, by far less than this; a driver that computes nonsense does not get here. */
const MIN_AGREEMENT = 0.999

/**
 * Opens a model on the wanted device, or on the fastest of those installed for `auto`. A device that cannot be used is
 * reported with its reason and the CPU takes over.
 *
 * @param trial runs what was opened; see `secondRun`
 * @param candidates devices that come into question beside the CPU
 */
export async function openOnDevice<Runner extends Opened>(
  wanted: Device | 'auto',
  open: (device: Device) => Promise<Runner>,
  trial: (runner: Runner) => Promise<Trial>,
  candidates: readonly Device[] = installedDevices(),
): Promise<DeviceChoice<Runner>> {
  const others = candidates.filter((device) => device !== 'cpu' && (wanted === 'auto' || wanted === device))
  const missing: DeviceReport[] =
    wanted === 'auto' || wanted === 'cpu' || others.includes(wanted)
      ? []
      : [{ device: wanted, reason: `${wanted} is not part of this installation` }]
  const cpu = await open('cpu')
  if (others.length === 0) return { runner: cpu, device: 'cpu', reports: missing }

  const reference = await trial(cpu)
  let best: { runner: Runner; device: Device; speed: number } = {
    runner: cpu,
    device: 'cpu',
    speed: reference.tokensPerSecond,
  }
  const reports: DeviceReport[] = [...missing, { device: 'cpu', tokensPerSecond: Math.round(best.speed) }]
  for (const device of others) {
    const result = await tryDevice(() => open(device), trial, reference.values)
    reports.push({ device, ...result.report })
    if (!result.runner) continue
    const { speed } = result
    const better = wanted === device || speed > best.speed
    await (better ? best.runner : result.runner).release()
    if (better) best = { runner: result.runner, device, speed }
  }
  return { runner: best.runner, device: best.device, reports }
}

async function tryDevice<Runner extends Opened>(
  open: () => Promise<Runner>,
  trial: (runner: Runner) => Promise<Trial>,
  reference: Float32Array,
): Promise<{ readonly runner?: Runner; readonly speed: number; readonly report: Omit<DeviceReport, 'device'> }> {
  let runner: Runner | undefined
  try {
    runner = await open()
    const { values, tokensPerSecond, width } = await trial(runner)
    const agreement = Math.min(...rowCosines(values, reference, width))
    if (isFiniteArray(values) && agreement >= MIN_AGREEMENT)
      return { runner, speed: tokensPerSecond, report: { tokensPerSecond: Math.round(tokensPerSecond) } }
    await runner.release()
    return { speed: 0, report: { reason: `results differ from the CPU's (cosine ${agreement.toFixed(4)})` } }
  } catch (error) {
    await runner?.release().catch(() => {})
    return { speed: 0, report: { reason: firstLine(error) } }
  }
}

/** One run to warm up (shaders, weight packing), one to measure. */
export async function secondRun<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  await run()
  const start = performance.now()
  const result = await run()
  return { result, seconds: (performance.now() - start) / 1000 }
}

/** What went wrong on a device, for a report: the runtime names its own source file and condition first. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (message.includes('Failed to get a WebGPU adapter')) return 'no graphics adapter was found'
  return message.split('\n')[0]!.slice(0, 300)
}
