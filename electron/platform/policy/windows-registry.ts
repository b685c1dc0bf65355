import { POLICY_KEYS, type PolicyName } from '../../contracts/policy.ts'

/** Below HKEY_LOCAL_MACHINE, where only administrators write. */
export const REGISTRY_KEY = 'SOFTWARE\\Policies\\DMRetriever\\Workbench'

const VALUE = /^ {4}(?<name>.+?) {4}(?<type>REG_[A-Z_]+) {4}(?<data>.*)$/u

/**
 * Reads what `reg query HKLM\<key> /s` prints: a line with the key, then a line for each value in it, columns four spaces apart.
 * Lists are keys of their own, whose values are the entries (the list element of ADMX).
 */
export function parseRegistry(output: string): Record<string, unknown> {
  const policy: Record<string, unknown> = {}
  let list: unknown[] | undefined
  for (const line of output.split(/\r?\n/u)) {
    if (/^HKEY_/u.test(line)) {
      const name = line.slice(line.toLowerCase().lastIndexOf(REGISTRY_KEY.toLowerCase()) + REGISTRY_KEY.length + 1)
      list = name === '' ? undefined : ((policy[name] ??= []) as unknown[])
      continue
    }
    const { name = '', type = '', data = '' } = VALUE.exec(line)?.groups ?? {}
    if (name === '') continue
    if (list) list.push(data)
    else policy[name] = type === 'REG_DWORD' ? fromNumber(name, Number(data)) : data
  }
  return policy
}

/** The registry has no truth values. */
function fromNumber(name: string, value: number): unknown {
  return POLICY_KEYS[name as PolicyName]?.kind === 'switch' ? value !== 0 : value
}
