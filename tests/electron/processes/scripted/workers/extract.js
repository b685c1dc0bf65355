// Greets its owner; ends badly when it is asked to.
process.parentPort.once('message', ({ ports: [port] }) => {
  port.on('message', () => {
    console.error('out of memory')
    process.exit(3)
  })
  port.start()
  port.postMessage('hello')
})
