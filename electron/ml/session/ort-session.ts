// Sessions of onnxruntime-node: options per device, and errors that name the remedy.
import '../../platform/no-telemetry.ts'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node'

export const DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const
export type Device = (typeof DEVICES)[number]

export interface SessionSettings {
  readonly device: Device
  /** Threads inside an operator, CPU only; all cores when left out. */
  readonly threads?: number | undefined
  /** Folder that external weights are relative to. */
  readonly externalFolder?: string | undefined
  /**
   * Keep half-precision weights in the file's memory map and convert them in every run: about 8 % slower, but the model
   * never exists in float32 (TRAIN-NOTES: +9 MB instead of +133 MB for 33 M parameters).
   */
  readonly keepWeightsMapped?: boolean
  /** Make a node that the device cannot run an error instead of running it on the CPU. For tests. */
  readonly forbidFallback?: boolean
}

/** The devices whose provider is in this installation, best first. Having a provider does not mean having the hardware. */
export function installedDevices(): readonly Device[] {
  const backends = new Map(listSupportedBackends().map((backend) => [backend.name, backend.bundled]))
  const preference: readonly Device[] = ['cuda', 'coreml', 'webgpu', 'dml', 'cpu']
  return preference.filter((device) => backends.has(device) && (backends.get(device) || isProviderAdded(device)))
}

/** Providers outside the package (CUDA) are libraries that a person may have put beside the binding. */
function isProviderAdded(device: Device): boolean {
  const platforms = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '..', 'bin')
  const library =
    process.platform === 'win32' ? `onnxruntime_providers_${device}.dll` : `libonnxruntime_providers_${device}.so`
  return readdirSync(platforms).some((napi) =>
    existsSync(join(platforms, napi, process.platform, process.arch, library)),
  )
}

/**
 * Creates a session from the bytes of a model, or from the path of an .onnx file.
 *
 * [Note: blocking] Creating and running a session block the JavaScript thread they are called on: compute workers only.
 */
export function createSession(model: Uint8Array | string, settings: SessionSettings): Promise<InferenceSession> {
  // Idle threads sleep instead of spinning: beside other work a run of 33 million weights took 0.7 times as long and 0.6
  // times the processor time, a short query a fifth.
  const session: Record<string, string> = { 'intra_op.allow_spinning': '0' }
  if (settings.externalFolder !== undefined)
    session['model_external_initializers_file_folder_path'] = settings.externalFolder
  if (settings.keepWeightsMapped) session['disable_prepacking'] = '1'
  if (settings.forbidFallback) session['disable_cpu_ep_fallback'] = '1'
  const options: InferenceSession.SessionOptions = {
    executionProviders:
      settings.device === 'cpu' ? ['cpu'] : [settings.device, ...(settings.forbidFallback ? [] : ['cpu' as const])],
    logSeverityLevel: 3, // initializers that a graph does not use are no news
    enableMemPattern: false, // sizes differ from run to run; the pattern only holds memory
    ...(settings.threads === undefined ? {} : { intraOpNumThreads: settings.threads }),
    extra: {
      session,
      ...(settings.keepWeightsMapped ? { optimization: { disable_specified_optimizers: 'ConstantFolding' } } : {}),
    },
  }
  return typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options)
}

export function int64Tensor(values: BigInt64Array, dims: readonly number[]): Tensor {
  return new Tensor('int64', values, dims)
}

/**
 * A float32 output of a run.
 *
 * @throws Error when the output is missing or of another type
 */
export function float32Output(
  results: InferenceSession.OnnxValueMapType,
  name: string,
): { data: Float32Array; dims: readonly number[] } {
  const tensor = results[name]
  if (tensor?.type === 'float32') return { data: tensor.data as Float32Array, dims: tensor.dims }
  throw new Error(`model output ${name} is ${tensor ? tensor.type : 'missing'}, expected float32`)
}
