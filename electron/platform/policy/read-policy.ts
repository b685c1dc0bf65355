import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { policySchema, type Policy } from '../../contracts/policy.ts'
import { parseRegistry, REGISTRY_KEY } from './windows-registry.ts'

/** Where each system keeps it; only administrators write there. */
const LINUX_FILE = '/etc/dmretriever-workbench/policy.json'
const MACOS_FILE = '/Library/Managed Preferences/org.dmretriever.workbench.plist'

/** The policy in force and where it came from. */
export interface EffectivePolicy {
  readonly values: Policy
  /** File or registry key; undefined when the organisation decided nothing. */
  readonly origin: string | undefined
}

/** The policy is there but cannot be read or understood. The message says which entry of which file, and what to do. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

/** What is read, so that a test on any system can read another system's. */
export interface PolicySource {
  readonly origin: string
  /** @returns undefined when there is no policy. */
  read(): unknown
}

/** @throws PolicyError; nothing may start then, see [Note: policy]. */
export function readPolicy(source: PolicySource = sourceOf(process.platform)): EffectivePolicy {
  const { origin } = source
  let raw: unknown
  try {
    raw = source.read()
  } catch (error) {
    throw new PolicyError(
      `The policy of your organisation at ${origin} cannot be read: ${error instanceof Error ? error.message : String(error)}. Ask your administrator to repair it.`,
    )
  }
  if (raw === undefined) return { values: {}, origin: undefined }
  // A list passes for an object without entries.
  const parsed = v.safeParse(policySchema, Array.isArray(raw) ? null : raw)
  if (parsed.success) return { values: parsed.output, origin }
  const [issue] = parsed.issues
  const path = v.getDotPath(issue)
  throw new PolicyError(
    `The policy of your organisation at ${origin} is not valid${path === null ? '' : ` at "${path}"`}: ${issue.message}. Ask your administrator to correct it.`,
  )
}

export function sourceOf(platform: NodeJS.Platform): PolicySource {
  if (platform === 'win32') return { origin: `HKLM\\${REGISTRY_KEY}`, read: readRegistry }
  if (platform === 'darwin') return { origin: MACOS_FILE, read: readPlist }
  return jsonFile(LINUX_FILE)
}

export function jsonFile(path: string): PolicySource {
  return {
    origin: path,
    read: () => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : undefined),
  }
}

function readRegistry(): unknown {
  const options: ExecFileSyncOptionsWithStringEncoding = {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  }
  const reg = `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\reg.exe`
  try {
    return parseRegistry(execFileSync(reg, ['query', `HKLM\\${REGISTRY_KEY}`, '/s'], options))
  } catch (error) {
    // reg ends with 1 when the key does not exist.
    if ((error as { status?: number }).status === 1) return undefined
    throw error
  }
}

function readPlist(): unknown {
  if (!existsSync(MACOS_FILE)) return undefined
  return JSON.parse(
    execFileSync('/usr/bin/plutil', ['-convert', 'json', '-o', '-', MACOS_FILE], { encoding: 'utf8' }),
  ) as unknown
}
