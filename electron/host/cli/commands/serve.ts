import type { Command } from 'commander'
import open from 'open'
import { serve } from '../../web/server.ts'
import { rendererFolder } from '../../paths.ts'
import { note, print } from '../output.ts'
import { startSession, withWorkbench, type CommonOptions } from '../session.ts'

/** `dmr serve` */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('show the window in a browser')
    .option('--port <number>', 'port; 0 takes a free one', Number, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--open', 'open the browser', false)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { port: number; host: string; open: boolean }>()
      using session = startSession(options)
      await withWorkbench(session, { watch: true, kind: 'web' }, async (workbench) => {
        const server = await serve(workbench, { host: options.host, port: options.port, renderer: rendererFolder() })
        if (!['127.0.0.1', '::1', 'localhost'].includes(options.host)) {
          note(
            options,
            `Listening on ${options.host}: everyone who can reach it and has the token can read the library, without encryption. Prefer an SSH tunnel.`,
          )
        }
        print(options, { url: server.url }, () => [`Open ${server.url}`, 'Ctrl-C ends it.'])
        if (options.open)
          await open(server.url).catch(() => note(options, 'No browser could be opened; use the address above.'))
        await new Promise<void>((done) => session.signal.addEventListener('abort', () => done()))
        await server.close()
      })
    })
}
