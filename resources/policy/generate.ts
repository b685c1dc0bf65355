// `node resources/policy/generate.ts`: writes the schema and the templates again after a change of electron/contracts/policy.ts.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GENERATED } from './templates.ts'

const resources = fileURLToPath(new URL('..', import.meta.url))
for (const [path, make] of Object.entries(GENERATED)) {
  mkdirSync(dirname(join(resources, path)), { recursive: true })
  writeFileSync(join(resources, path), make())
}
