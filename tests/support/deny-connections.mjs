// Loaded into every process of a test that must not connect anywhere: the first attempt ends the process and names itself.
import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Exit code of a process that tried. */
const TRIED = 77

function refuse(what) {
  writeSync(2, `DENIED CONNECTION: ${what}\n${new Error().stack}\n`)
  process.exit(TRIED)
}

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args
  const isPipe = typeof first === 'string' ? Number.isNaN(Number(first)) : Boolean(first?.path)
  return isPipe ? connect.apply(this, args) : refuse(`socket ${JSON.stringify(first)}`)
}
dgram.createSocket = () => refuse('UDP socket')
for (const resolver of [dns, dns.promises])
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) resolver[name] = (host) => refuse(`name ${host}`)
syncBuiltinESMExports()
