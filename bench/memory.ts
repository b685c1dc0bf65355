/**
 * Memory of a compute worker that has a 1 GB float32 model open and has encoded passages with it, against the file's size.
 * `npm run bench:memory`. Linux only: the kernel tells the resident size of another process there.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { NodeLauncher } from '../electron/platform/node-launcher.ts'
import { ComputeClient } from '../electron/retrieval/models/compute-client.ts'
import { bertFolder, GIGABYTE, mixedPassages } from './support/bert-folder.ts'
import { printTable } from './support/measure.ts'

if (process.platform !== 'linux') {
  console.log('skipped: the resident size of a worker is read from /proc, which only Linux has')
  process.exit()
}
const path = await bertFolder(GIGABYTE)
const fileSize = statSync(join(path, 'model.safetensors')).size
const client = new ComputeClient({
  launcher: new NodeLauncher(),
  logger: pino({ level: 'silent' }),
  label: 'dmr bench',
  idleMs: 60_000,
})
try {
  const model = { path, kind: 'embedding', device: 'cpu', precision: 'fp32', threads: 2 } as const
  await client.open(model)
  const rows = [row('opened')]
  await client.encode(model, mixedPassages(4, 64), { kind: 'passage' })
  rows.push(row('4 passages encoded'))
  console.log(`float32 model of ${mib(fileSize)} MiB`)
  printTable(['worker', 'resident MiB', 'of it mapped file', 'most so far', 'resident / file size'], rows)
} finally {
  await client.close()
}

function row(name: string): string[] {
  const status = readFileSync(`/proc/${client.pid}/status`, 'utf8')
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  const resident = bytes('VmRSS')
  return [name, mib(resident), mib(bytes('RssFile')), mib(bytes('VmHWM')), (resident / fileSize).toFixed(2)]
}

function mib(bytes: number): string {
  return Math.round(bytes / 2 ** 20).toString()
}
