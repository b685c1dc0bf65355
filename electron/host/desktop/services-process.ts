// Entry of the services process of the desktop application: an Electron utility process.
import '../../platform/no-telemetry.ts'
import { RPCHandler } from '@orpc/server/message-port'
import { join } from 'node:path'
import pino from 'pino'
import type { ServicesSettings } from '../../platform/desktop-messages.ts'
import type { HostPlatform } from '../../platform/host-platform.ts'
import { countConnections } from '../../platform/network-ledger.ts'
import { readPolicy } from '../../platform/policy/read-policy.ts'
import { restrictNetwork } from '../../platform/policy/restrict-network.ts'
import { openWorkbench, runSelfTest } from '../../services/index.ts'
import { defaultLibraryPath, nodeHostPaths } from '../paths.ts'
import type { ParentPort } from './parent-port.ts'
import { UtilityLauncher } from './utility-launcher.ts'

const { parentPort } = process as unknown as { parentPort: ParentPort }
const settings = JSON.parse(process.argv[2] ?? '{}') as ServicesSettings

countConnections()
const launcher = new UtilityLauncher((message) => parentPort.postMessage(message))
const folderRequests = new Map<number, (path: string | undefined) => void>()
let nextRequest = 1

/** @throws PolicyError */
function createPlatform(): HostPlatform {
  const policy = readPolicy()
  restrictNetwork(policy.values)
  // Not Electron's own folder for a user's data: `dmr` and `dmr serve` open the same library, and on Windows that folder
  // roams between computers.
  const { data } = nodeHostPaths(policy.values)
  return {
    kind: 'desktop',
    paths: {
      data,
      resources: settings.resources,
      ...(settings.crashReports === undefined ? {} : { crashReports: settings.crashReports }),
    },
    policy,
    launcher,
    logger: pino({ level: 'info' }, pino.destination({ dest: join(data, 'workbench.log'), mkdir: true })),
    shell: {
      chooseFolder: () =>
        new Promise((resolve) => {
          const requestId = nextRequest++
          folderRequests.set(requestId, resolve)
          parentPort.postMessage({ type: 'choose-folder', requestId })
        }),
      revealFile: (path) => Promise.resolve(parentPort.postMessage({ type: 'reveal-file', path })),
      notify: (message) => parentPort.postMessage({ type: 'notify', ...message }),
      showTheme: (theme) => parentPort.postMessage({ type: 'show-theme', theme }),
    },
  }
}

/** Opens the library and answers windows until told to end. */
function openLibrary(platform: HostPlatform): void {
  const workbench = openWorkbench(platform, {
    libraryPath: settings.libraryPath ?? defaultLibraryPath(platform.paths),
    watch: true,
  })
  const rpc = new RPCHandler(workbench.router)
  parentPort.on('message', ({ data, ports }) => {
    if (data.type === 'connect' && ports[0]) {
      rpc.upgrade(ports[0] as Parameters<typeof rpc.upgrade>[0], { context: workbench.context })
      ports[0].start()
    } else if (data.type === 'folder-chosen') {
      folderRequests.get(data.requestId)?.(data.path)
      folderRequests.delete(data.requestId)
    } else if (data.type === 'find-document') {
      const found = workbench.fileOfDocument(data.documentId)
      parentPort.postMessage({
        type: 'document-found',
        requestId: data.requestId,
        path: found && join(found.folder, found.name),
      })
    } else if (data.type === 'shut-down') {
      void workbench.close().finally(() => process.exit(0))
    }
  })
  platform.shell.showTheme?.(workbench.library.settings.get().theme)
  parentPort.postMessage({ type: 'ready' })
}

/** `--selftest` */
async function testInstallation(platform: HostPlatform): Promise<void> {
  parentPort.on('message', ({ data }) => {
    if (data.type === 'shut-down') process.exit(0)
  })
  parentPort.postMessage({ type: 'self-tested', report: await runSelfTest(platform) })
}

/** Workers' ports are taken from the start: the self-test starts workers too. */
parentPort.on('message', ({ data, ports }) => void launcher.accept(data, ports))
try {
  const platform = createPlatform()
  if (settings.selfTest) await testInstallation(platform)
  else openLibrary(platform)
} catch (error) {
  parentPort.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
}
