// How fast a model runs on what is installed: what `models bench` shows and a device choice can be based on.
import { Encoder } from './encoder.ts'
import type { Precision } from './build-model.ts'
import { installedDevices, type Device } from './ort-session.ts'
import { PROBE_TEXTS } from './probe.ts'

export interface BenchmarkResult {
  readonly device: Device
  readonly precision: Precision
  /** Undefined where the combination cannot be used. */
  readonly tokensPerSecond?: number
  readonly textsPerSecond?: number
  /** Mean cosine to fp32, for int8. */
  readonly cosine?: number
  readonly reason?: string
}

/**
 * Measures a model on every installed device, and int8 on the CPU. Passages of about 100 tokens, at least `seconds` each.
 *
 * @throws ModelError when the folder cannot be used at all
 */
export async function benchmarkModel(
  path: string,
  options: { readonly threads?: number; readonly seconds?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly BenchmarkResult[]> {
  const { seconds = 2, signal, ...threads } = options
  const variants = installedDevices().map((device): [Device, Precision] => [device, 'fp32'])
  const results: BenchmarkResult[] = []
  for (const [device, precision] of [...variants, ['cpu', 'int8'] as const]) {
    signal?.throwIfAborted()
    await using encoder = await Encoder.open(path, { ...threads, device, precision })
    const { info } = encoder
    const reason = info.devices.find((report) => report.device === device)?.reason ?? info.int8?.refused
    if (info.device !== device || info.precision !== precision) {
      results.push({ device, precision, reason: reason ?? 'not available' })
      continue
    }
    const speed = await measure(encoder, seconds, signal)
    results.push({ device, precision, ...speed, ...(info.int8 ? { cosine: info.int8.meanCosine } : {}) })
  }
  return results
}

async function measure(
  encoder: Encoder,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<{ tokensPerSecond: number; textsPerSecond: number }> {
  const passage = PROBE_TEXTS.join(' ')
  const texts = PROBE_TEXTS.map((text) => `${text} ${passage}`)
  const tokens = texts.reduce(
    (sum, text) => sum + Math.min(encoder.info.maxTokens, encoder.tokenizer.tokenCount(text)),
    0,
  )
  const encodeOptions = { kind: 'passage', ...(signal ? { signal } : {}) } as const
  await encoder.encode(texts, encodeOptions) // shaders, weight packing
  const start = performance.now()
  let rounds = 0
  let elapsed = 0
  while (elapsed < seconds) {
    await encoder.encode(texts, encodeOptions)
    rounds++
    elapsed = (performance.now() - start) / 1000
  }
  return {
    tokensPerSecond: Math.round((rounds * tokens) / elapsed),
    textsPerSecond: Math.round((rounds * texts.length * 10) / elapsed) / 10,
  }
}
