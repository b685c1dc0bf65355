import type { SelfCheck, SelfCheckName } from '../../../contracts/self-checks.ts'
import type { Workbench } from '../../../services/index.ts'
import { EXIT, note, print, type OutputOptions } from '../output.ts'

const NAMES: Readonly<Record<SelfCheckName, string>> = {
  gradients: 'Gradients',
  bidirectionality: 'Attention both ways',
  'lora-merge': 'Merging adapters',
  checkpoint: 'Going on from a checkpoint',
}

/** `dmr train --self-check [model]`: prints what each check found; exit code 1 when one failed. */
export async function runSelfChecks(
  workbench: Workbench,
  model: string | undefined,
  options: OutputOptions,
  signal: AbortSignal,
): Promise<void> {
  let last: readonly SelfCheck[] = []
  let announced: SelfCheckName | undefined
  for await (const checks of await workbench.client.selfChecks.run(model === undefined ? {} : { model }, { signal })) {
    last = checks
    const running = checks.find(({ state }) => state === 'running')?.check
    if (running && running !== announced) note(options, `Checking: ${NAMES[running]}`)
    announced = running ?? announced
  }
  print(options, { checks: last }, () => last.map(({ check, state, detail }) => `${NAMES[check]}: ${state}. ${detail}`))
  if (last.some(({ state }) => state === 'failed')) process.exitCode = EXIT.failed
}
