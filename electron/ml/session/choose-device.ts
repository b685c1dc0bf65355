// Which device runs a model fastest is measured with the model itself, never guessed.
import type { EmbeddingRunner } from './embedding-runner.ts'
import { installedDevices, type Device } from './ort-session.ts'
import { isFiniteArray, rowCosines } from './vectors.ts'

/** What was found out about a device. */
export interface DeviceReport {
  readonly device: Device
  readonly tokensPerSecond?: number
  /** Why the device is not used, in words for a person. */
  readonly reason?: string
}

/** An opened model, where it runs, and what was tried on the way there. */
export interface DeviceChoice {
  readonly runner: EmbeddingRunner
  readonly device: Device
  readonly reports: readonly DeviceReport[]
}

export type OpenOnDevice = (device: Device) => Promise<EmbeddingRunner>

/** GPUs round differently, by far less than this; a driver that computes nonsense does not get here. */
const MIN_AGREEMENT = 0.999

/**
 * Opens a model on the wanted device, or on the fastest of those installed for `auto`. A device that cannot be used is
 * reported with its reason and the CPU takes over.
 *
 * @param rows token ids for the trial runs
 */
export async function openOnDevice(
  wanted: Device | 'auto',
  open: OpenOnDevice,
  rows: readonly (readonly number[])[],
): Promise<DeviceChoice> {
  const others = installedDevices().filter((device) => device !== 'cpu' && (wanted === 'auto' || wanted === device))
  const missing: DeviceReport[] =
    wanted === 'auto' || wanted === 'cpu' || others.includes(wanted)
      ? []
      : [{ device: wanted, reason: `${wanted} is not part of this installation` }]
  const cpu = await open('cpu')
  if (others.length === 0) return { runner: cpu, device: 'cpu', reports: missing }

  const reference = await trial(cpu, rows)
  let best: { runner: EmbeddingRunner; device: Device; speed: number } = {
    runner: cpu,
    device: 'cpu',
    speed: reference.speed,
  }
  const reports: DeviceReport[] = [...missing, { device: 'cpu', tokensPerSecond: Math.round(reference.speed) }]
  for (const device of others) {
    const result = await tryDevice(device, open, rows, reference.vectors)
    reports.push(result.report)
    if (!result.runner) continue
    const speed = result.report.tokensPerSecond ?? 0
    const better = wanted === device || speed > best.speed
    await (better ? best.runner : result.runner).release()
    if (better) best = { runner: result.runner, device, speed }
  }
  return { runner: best.runner, device: best.device, reports }
}

async function tryDevice(
  device: Device,
  open: OpenOnDevice,
  rows: readonly (readonly number[])[],
  reference: Float32Array,
): Promise<{ runner?: EmbeddingRunner; report: DeviceReport }> {
  let runner: EmbeddingRunner | undefined
  try {
    runner = await open(device)
    const { vectors, speed, width } = await trial(runner, rows)
    const agreement = Math.min(...rowCosines(vectors, reference, width))
    if (isFiniteArray(vectors) && agreement >= MIN_AGREEMENT)
      return { runner, report: { device, tokensPerSecond: Math.round(speed) } }
    await runner.release()
    return { report: { device, reason: `results differ from the CPU's (cosine ${agreement.toFixed(4)})` } }
  } catch (error) {
    await runner?.release().catch(() => {})
    return { report: { device, reason: firstLine(error) } }
  }
}

/** One run to warm up (shaders, weight packing), one to measure. */
async function trial(
  runner: EmbeddingRunner,
  rows: readonly (readonly number[])[],
): Promise<{ vectors: Float32Array; width: number; speed: number }> {
  const sequence = Math.max(...rows.map((row) => row.length))
  await runner.run(rows, sequence)
  const start = performance.now()
  const { vectors, width } = await runner.run(rows, sequence)
  const seconds = (performance.now() - start) / 1000
  return { vectors, width, speed: (rows.length * sequence) / seconds }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0]!.slice(0, 300)
}
