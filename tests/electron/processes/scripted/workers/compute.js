// Hangs in code that sees no signal.
process.on('SIGTERM', () => {})
setInterval(() => {}, 1_000)
