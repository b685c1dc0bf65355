// Does not end when it is told to, nor on SIGTERM.
process.on('SIGTERM', () => {})
process.parentPort.on('message', () => {})
process.parentPort.postMessage({ type: 'ready' })
