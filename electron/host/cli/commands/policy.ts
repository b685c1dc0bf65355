import type { Command } from 'commander'
import { POLICY_KEYS, type PolicyName } from '../../../contracts/policy.ts'
import { readPolicy, sourceOf } from '../../../platform/policy/read-policy.ts'
import { print } from '../output.ts'
import type { CommonOptions } from '../session.ts'

/** `dmr policy`: what the organisation decided for this computer. Needs no library. */
export function addPolicyCommand(program: Command): void {
  program
    .command('policy')
    .description('show what your organisation decided for this computer')
    .option('--effective', 'only what is decided, not what could be', false)
    .action((own: { effective: boolean }, command: Command) => {
      const { values, origin } = readPolicy()
      const names = Object.keys(POLICY_KEYS) as PolicyName[]
      const shown = own.effective ? names.filter((name) => values[name] !== undefined) : names
      const place = sourceOf(process.platform).origin
      print(command.optsWithGlobals<CommonOptions>(), { origin: origin ?? null, place, policy: values }, () => [
        origin === undefined ? `No policy is set; it would be read from ${place}.` : `Policy from ${origin}:`,
        ...shown.map((name) => `  ${name}: ${values[name] === undefined ? 'not set' : JSON.stringify(values[name])}`),
      ])
    })
}
