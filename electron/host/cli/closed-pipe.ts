/**
 * Ends this process quietly once nobody reads what it prints (`dmr ... | head`), as other commands do. Node ignores
 * SIGPIPE, so the write fails instead and would show as a crash.
 */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  }
}
