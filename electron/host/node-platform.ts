import pino from 'pino'
import type { HostPlatform } from '../platform/host-platform.ts'
import { countConnections } from '../platform/network-ledger.ts'
import { NodeLauncher } from '../platform/node-launcher.ts'
import { nodeHostPaths } from './paths.ts'

/** The platform of `dmr` and `dmr serve`. Logs go to standard error, so that standard output stays clean for `--json`. */
export function createNodePlatform(kind: 'web' | 'cli', logLevel: string): HostPlatform {
  countConnections()
  return {
    kind,
    paths: nodeHostPaths(),
    launcher: new NodeLauncher(),
    logger: pino({ level: logLevel }, pino.destination({ fd: 2, sync: true })),
    shell: {},
  }
}
