// Sends the messages it is given as its settings, and answers every message with the message itself.
const { send = [], crash } = JSON.parse(process.argv[2])
process.parentPort.on('message', ({ data, ports }) => {
  if (data.type === 'shut-down') process.exit(0)
  if (ports[0]) {
    ports[0].on('message', (event) => process.parentPort.postMessage({ type: 'echo', data: event.data }))
    ports[0].on('close', () => process.parentPort.postMessage({ type: 'echo', data: 'closed' }))
    ports[0].start()
  }
  process.parentPort.postMessage({ type: 'echo', data })
})
for (const message of send) process.parentPort.postMessage(message)
if (crash) throw new Error(crash)
