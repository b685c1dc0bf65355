import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseRecipe, variantOf } from './recipe.ts'
import { plannedStages } from './run/stage-plan.ts'

const folder = fileURLToPath(new URL('../../resources/recipes', import.meta.url))
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const names = readdirSync(folder).filter((name) => !name.endsWith('.schema.json'))

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly $defs?: Readonly<Record<string, Schema>>
}

describe('checked-in recipes', () => {
  it.each(names)('%s is valid, carries its own name, and so are its variants', (name) => {
    const recipe = parseRecipe(name, read(name))
    expect(`${recipe.name}.json`).toBe(name)
    for (const variant of recipe.variants ?? []) {
      const chosen = variantOf(recipe, variant.name)
      expect(chosen.name).toBe(`${recipe.name}.${variant.name}`)
      expect(plannedStages(chosen).length).toBeGreaterThan(0)
      expect(chosen).not.toHaveProperty('variants')
    }
  })

  it('the JSON schema knows every setting that the parser fills in', () => {
    const schema = JSON.parse(read('recipe.schema.json')) as Schema
    const stages = [
      { kind: 'adaptation', learningRate: 1, batch: 1, epochs: 1 },
      { kind: 'contrastive', learningRate: 1, batch: 1, epochs: 1 },
      { kind: 'instruction', learningRate: 1, batch: 1, epochs: 1, levels: [{ alpha: 0.8 }] },
    ]
    const recipe = parseRecipe('t', JSON.stringify({ name: 't', description: '', stages }))
    expect(Object.keys(schema.properties!)).toEqual(expect.arrayContaining(Object.keys(recipe)))
    for (const stage of recipe.stages)
      expect(Object.keys(schema.$defs![stage.kind]!.properties!)).toEqual(expect.arrayContaining(Object.keys(stage)))
  })
})

it('a wrong recipe is refused by file and setting', () => {
  const stage = { kind: 'contrastive', learningRate: 0, batch: 8, epochs: 1 }
  const text = (changes: object) => JSON.stringify({ name: 'a', description: '', stages: [stage], ...changes })
  expect(() => parseRecipe('a.json', '{')).toThrow('a.json: not JSON')
  expect(() => parseRecipe('a.json', text({}))).toThrow('a.json: stages.0.learningRate')
  expect(() => parseRecipe('a.json', text({ stages: [] }))).toThrow('a.json: stages')
  expect(() => parseRecipe('a.json', text({ stages: [{ ...stage, learningRate: 1, lr: 3 }] }))).toThrow('stages.0.lr')
})

it('levels become stages of their own, and an unknown variant names those there are', () => {
  const recipe = parseRecipe('p', read('progressive-against-direct.json'))
  expect(plannedStages(variantOf(recipe, 'progressive')).map(({ name }) => name)).toEqual([
    'contrastive',
    'instruction-0.65',
    'instruction-0.75',
    'instruction-0.85',
  ])
  expect(() => variantOf(recipe, 'x')).toThrow('Choose progressive, direct')
})
