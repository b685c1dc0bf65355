import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const program = fileURLToPath(new URL('../testing/build-large-set.ts', import.meta.url))
/** Some 80 MB of texts in pairs; read at once they alone would not fit. */
const PAIRS = 20_000
const HEAP_MIB = 48

it('builds a data set of pairs whose texts are larger than the memory it has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmr-large-set-'))
  try {
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${HEAP_MIB}`, program, join(folder, 'library.db'), String(PAIRS)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ name: 'MTT-0.75', items: PAIRS, negatives: PAIRS })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
