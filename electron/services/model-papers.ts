import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelPapers } from '../contracts/models.ts'
import type { InstalledModel } from '../retrieval/index.ts'

/** Longer cards are cut: what a person reads stands at the beginning. */
const CARD_BYTES = 64 * 1_024
const CARD = /^readme(\.md|\.txt)?$/iu
const LICENCE = /^licen[cs]e(\.md|\.txt)?$/iu
/** YAML between dashes at the start of a Hugging Face model card. */
const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?/u

/** What came with a model for people: its card and licence, and its files with their hashes. */
export async function readModelPapers(model: Pick<InstalledModel, 'path' | 'files'>): Promise<ModelPapers> {
  const beginningOf = async (name: RegExp): Promise<string | undefined> => {
    const file = model.files.find(({ path }) => name.test(path))
    return file && readBeginning(join(model.path, file.path))
  }
  const card = (await beginningOf(CARD)) ?? ''
  const frontMatter = FRONT_MATTER.exec(card)
  const licence = licenceIn(frontMatter?.[1] ?? '') ?? firstLine(await beginningOf(LICENCE))
  const text = card.slice(frontMatter?.[0].length ?? 0).trim()
  return {
    files: model.files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    card: text === '' ? null : text,
    licence: licence ?? null,
  }
}

function licenceIn(frontMatter: string): string | undefined {
  return /^licen[cs]e:\s*["']?([^"'\r\n]+?)["']?\s*$/mu.exec(frontMatter)?.[1]
}

function firstLine(text: string | undefined): string | undefined {
  return text
    ?.split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')
}

/** @returns undefined for a file that is gone: the card then says what is missing. */
async function readBeginning(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CARD_BYTES), 0, CARD_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return undefined
  }
}
