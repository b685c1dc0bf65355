import type { DoctorCheck } from '../contracts/system.ts'
import { said } from '../contracts/wording.ts'
import { failed, passed } from './doctor-check.ts'
import type { Library } from './library.ts'

/** What search by meaning stands on: the scan kernels, the model runtime, the model in use and its index. */
export async function modelChecks(library: Library): Promise<DoctorCheck[]> {
  return [await kernelCheck(library), await runtimeCheck(library), await modelCheck(library), indexCheck(library)]
}

async function kernelCheck({ models }: Library): Promise<DoctorCheck> {
  const { backend, notes } = await models.kernels()
  const name = said`Vector scan`
  const detail = [backend, ...notes].join('; ')
  return backend === 'typescript'
    ? failed(name, detail, said`Search works, but slowly. Use Node 22 or newer with WebAssembly.`)
    : passed(name, detail)
}

async function runtimeCheck({ models }: Library): Promise<DoctorCheck> {
  const name = said`Model runtime`
  try {
    const { version, devices } = await models.background.runtime()
    return passed(name, said`onnxruntime ${version}, providers: ${devices.join(', ')}`)
  } catch (error) {
    return failed(name, error, said`Install the application again; keyword search works without it.`)
  }
}

/** Opens the model as searches do and lets it encode: a damaged file shows here and not in an empty result list. */
async function modelCheck({ models }: Library): Promise<DoctorCheck> {
  const name = said`Search model`
  const { active } = models
  if (!active) return passed(name, said`None in use: search goes by keywords`)
  try {
    const model = models.registry.require(active.modelId)
    const { warnings } = await models.background.open(models.specOf(model))
    const speed = model.devices.flatMap(({ device, tokensPerSecond, reason }) =>
      tokensPerSecond !== undefined ? `${device} ${tokensPerSecond} tokens/s` : reason ? `${device} not usable` : [],
    )
    return passed(name, [`${model.id}: ${model.device} (${model.precision})`, ...speed, ...warnings].join('; '))
  } catch (error) {
    return failed(name, error, said`Import it again, or choose another: dmr models list.`)
  }
}

function indexCheck({ models, repositories }: Library): DoctorCheck {
  const name = said`Vector index`
  const { active } = models
  if (!active) return passed(name, said`None`)
  const store = models.vectors(active)?.store
  const total = repositories.documents.passageCount()
  if (!store) {
    const remedy = said`Build it: dmr models use ${active.modelId}.`
    return failed(name, said`${active.modelId} has no vectors in this library`, remedy)
  }
  const recall = repositories.vectorIndexes.of(active)?.recall
  const measured = typeof recall === 'number' ? `, recall@10 ${recall.toFixed(4)}` : ''
  return passed(name, said`${store.count} of ${total} passages, ${store.info.dimensions} dimensions${measured}`)
}
