import pino from 'pino'
import type { HostPlatform } from '../platform/host-platform.ts'
import { countConnections } from '../platform/network-ledger.ts'
import { NodeLauncher } from '../platform/node-launcher.ts'
import { readPolicy } from '../platform/policy/read-policy.ts'
import { restrictNetwork } from '../platform/policy/restrict-network.ts'
import { nodeHostPaths } from './paths.ts'

/** The platform of `dmr` and `dmr serve`. Logs go to standard error, so that standard output stays clean for `--json`. */
export function createNodePlatform(kind: 'web' | 'cli', logLevel: string): HostPlatform {
  countConnections()
  const policy = readPolicy()
  restrictNetwork(policy.values)
  return {
    kind,
    paths: nodeHostPaths(policy.values),
    policy,
    launcher: new NodeLauncher(),
    logger: pino({ level: logLevel }, pino.destination({ fd: 2, sync: true })),
    shell: {},
  }
}
