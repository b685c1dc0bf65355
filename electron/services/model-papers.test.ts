import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readModelPapers } from './model-papers.ts'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'dmr-papers-'))
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

function modelWith(texts: Readonly<Record<string, string>>) {
  const files = Object.entries(texts).map(([name, text]) => {
    writeFileSync(join(path, name), text)
    return { path: name, bytes: text.length, modified: 0, sha256: 'ab'.repeat(32) }
  })
  return { path, files }
}

describe('the papers of a model', () => {
  it('are its card without front matter, and the licence that the front matter names', async () => {
    const card = '---\nlanguage: en\nlicense: "apache-2.0"\n---\n# County 33M\n\nFor plans.\n'
    const papers = await readModelPapers(modelWith({ 'README.md': card, LICENSE: 'MIT License\n' }))
    expect(papers).toMatchObject({ card: '# County 33M\n\nFor plans.', licence: 'apache-2.0' })
    expect(papers.files.map((file) => file.path)).toEqual(['README.md', 'LICENSE'])
  })

  it('fall back to the licence file, and to nothing', async () => {
    expect(await readModelPapers(modelWith({ 'LICENSE.txt': '\n  MIT License\n' }))).toMatchObject({
      card: null,
      licence: 'MIT License',
    })
    expect(await readModelPapers(modelWith({ 'config.json': '{}' }))).toMatchObject({ card: null, licence: null })
  })

  it('leave out what is gone from the disk', async () => {
    const model = modelWith({ 'README.md': '# Card' })
    rmSync(join(path, 'README.md'))
    expect(await readModelPapers(model)).toMatchObject({ card: null, files: [{ path: 'README.md' }] })
  })
})
