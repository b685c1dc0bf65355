// The self-checks one after the other, and what each of them says to a person.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SelfCheck, SelfCheckName } from '../../contracts/self-checks.ts'
import { SELF_CHECKS } from '../../contracts/self-checks.ts'
import type { OptimizerKernel } from '../../ml/optim/index.ts'
import { type ModelFolder, openModelFolder } from '../../ml/session/model-folder.ts'
import { firstStateChange } from './bidirectionality.ts'
import { compareResumed } from './checkpoint-round-trip.ts'
import { compareGradients } from './gradient-check.ts'
import { compareMerge } from './lora-merge.ts'
import { isTransformer, openProbe, probeLora, probeTuning, writeProbeModel } from './probe-model.ts'

export interface SelfCheckTask {
  /** Model folder; small models with random weights are made when it is left out. */
  readonly model: string | undefined
  /** For models and checkpoints of the checks; deleted afterwards. */
  readonly folder: string
}

type Outcome = Pick<SelfCheck, 'state' | 'detail'>

interface Setting {
  readonly folder: ModelFolder
  readonly scratch: string
  readonly kernels: OptimizerKernel
}

/** Slopes may differ by this share: finite differences in float32 are no better. */
const GRADIENT_TOLERANCE = 0.02
/** A state that changes by less than this share of its length has not seen the changed token. */
const SEEN = 1e-5
const MERGE_TOLERANCE = 1e-4

const checks: Readonly<Record<SelfCheckName, (setting: Setting) => Promise<Outcome>>> = {
  gradients: checkGradients,
  bidirectionality: checkBidirectionality,
  'lora-merge': checkMerge,
  checkpoint: checkCheckpoint,
}

/** Makes all checks. A check that throws has failed, and the next one is made. @param report called with the whole list after every change */
export async function runSelfChecks(
  { model, folder }: SelfCheckTask,
  kernels: OptimizerKernel,
  report: (all: readonly SelfCheck[]) => void,
): Promise<readonly SelfCheck[]> {
  let all = SELF_CHECKS.map((check): SelfCheck => ({ check, state: 'waiting', detail: '' }))
  const change = (check: SelfCheckName, outcome: Outcome): void => {
    all = all.map((known) => (known.check === check ? { check, ...outcome } : known))
    report(all)
  }
  await mkdir(folder, { recursive: true })
  try {
    const probe = join(folder, 'probe')
    if (model === undefined) {
      await mkdir(probe, { recursive: true })
      await writeProbeModel(probe)
    }
    const setting = { folder: await openModelFolder(model ?? probe), scratch: join(folder, 'checkpoint'), kernels }
    for (const check of SELF_CHECKS) {
      change(check, { state: 'running', detail: '' })
      change(check, await checks[check](setting).catch(failure))
    }
    return all
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function failure(error: unknown): Outcome {
  return { state: 'failed', detail: error instanceof Error ? error.message : String(error) }
}

async function checkGradients({ folder }: Setting): Promise<Outcome> {
  const model = await openProbe(folder, probeTuning(folder))
  const compared = await compareGradients(model)
  const [worst] = compared.toSorted((a, b) => b.error - a.error)
  if (!worst) return { state: 'failed', detail: 'No weight has a gradient: the loss does not depend on the model.' }
  const passed = worst.error <= GRADIENT_TOLERANCE
  const off = `${percent(worst.error)} off (${worst.parameter})`
  return passed
    ? {
        state: 'passed',
        detail: `Slopes in ${compared.length} weight tensors agree with small steps; the worst is ${off}.`,
      }
    : {
        state: 'failed',
        detail: `The slope of the loss is ${off} from what small steps show, more than ${percent(GRADIENT_TOLERANCE)}. Do not train with this model; report it.`,
      }
}

async function checkBidirectionality({ folder }: Setting): Promise<Outcome> {
  if (!isTransformer(folder))
    return { state: 'skipped', detail: 'A static model weighs each word by itself: there is no attention to look at.' }
  const model = await openProbe(folder, probeTuning(folder))
  const both = await firstStateChange(model, 'bidirectional')
  const isDecoder = folder.source.kind === 'transformer' && folder.source.config.family === 'decoder'
  const seen = `With attention both ways, another last word changes the state of the first by ${percent(both)}`
  if (!isDecoder)
    return both > SEEN
      ? { state: 'passed', detail: `${seen}.` }
      : {
          state: 'failed',
          detail: 'Another last word does not change the state of the first: attention does not look ahead.',
        }
  const causal = await firstStateChange(model, 'causal')
  if (both > SEEN && causal <= SEEN)
    return { state: 'passed', detail: `${seen}; with attention to the left only, by nothing.` }
  return {
    state: 'failed',
    detail: `${seen}; with attention to the left only, by ${percent(causal)}, which should be nothing.`,
  }
}

async function checkMerge({ folder }: Setting): Promise<Outcome> {
  if (!isTransformer(folder)) return { state: 'skipped', detail: 'A static model has no layers to put adapters on.' }
  const { adapters, difference, effect } = await compareMerge(await openProbe(folder, probeLora(folder)))
  const detail = `After merging ${adapters} adapters the vectors are those with adapters, to ${percent(difference / effect)} of what the adapters change.`
  return { state: difference <= MERGE_TOLERANCE && effect > 10 * difference ? 'passed' : 'failed', detail }
}

async function checkCheckpoint({ folder, scratch, kernels }: Setting): Promise<Outcome> {
  const model = await openProbe(folder, probeTuning(folder))
  const { isExact, losses, weights } = await compareResumed(model, scratch, kernels)
  return isExact
    ? {
        state: 'passed',
        detail: `A step after a checkpoint of ${weights.toLocaleString('en')} trained weights gives the same bits as without the interruption.`,
      }
    : {
        state: 'failed',
        detail: `After the checkpoint the loss of the next step is ${losses[1]}, without the interruption it is ${losses[0]}. Runs on this computer cannot be taken up exactly.`,
      }
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`
}
