// Cannot open its library, says so, and stays.
process.parentPort.on('message', () => {})
process.parentPort.postMessage({ type: 'failed', message: 'The library is damaged.' })
