import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { POLICY_KEYS, policySchema } from '../../electron/contracts/policy.ts'
import { admx, adml, GENERATED } from './templates.ts'

describe('the files for administrators', () => {
  it.each(Object.entries(GENERATED))(
    '%s is as the table makes it; else run "node resources/policy/generate.ts"',
    (path, make) => {
      expect(readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')).toBe(make())
    },
  )

  it('offer examples that the application accepts', () => {
    const example = Object.fromEntries(Object.entries(POLICY_KEYS).map(([name, { example }]) => [name, example]))
    expect(v.safeParse(policySchema, example).issues).toBeUndefined()
  })

  it('refer to words and fields that are there', () => {
    const words = adml()
    for (const [, id] of admx().matchAll(/\$\(string\.(\w+)\)/gu)) expect(words).toContain(`<string id="${id}">`)
    for (const [, id] of admx().matchAll(/\$\(presentation\.(\w+)\)/gu))
      expect(words).toContain(`<presentation id="${id}">`)
    for (const [, id] of words.matchAll(/refId="(\w+)"/gu)) expect(admx()).toContain(` id="${id}"`)
  })
})
