/**
 * Cuts a document into passages for search and training. A passage follows the document's own structure: it starts at a
 * heading where it can, ends at a paragraph or sentence, keeps a list or table whole where that fits, and crosses a page
 * only inside a section. Every character that is not white space lies in exactly one passage.
 */
import { documentBlocks, type Block, type TextPosition } from './blocks.ts'
import type { PageText, PassageDraft } from './page.ts'
import { piecesOf, splitFirstSentence } from './split-block.ts'

export interface ChunkOptions {
  /** A passage below this is merged with a neighbour of its page or section where the sum fits. Default 32. */
  readonly minTokens?: number
  /** No passage is larger. Default 512. */
  readonly maxTokens?: number
  /** Size aimed at. Default 192: about a paragraph or two, what one question is answered by. */
  readonly targetTokens?: number
  /** Places where a passage starts if the one before has `minTokens`, for semantic chunking (see `semanticBreakpoints`). */
  readonly breaks?: readonly TextPosition[]
}

/** A passage under construction: a run of blocks, never empty. */
interface Draft {
  blocks: Block[]
  tokens: number
}

interface Sizes {
  readonly min: number
  readonly max: number
  readonly target: number
  /** A passage of this size may be closed at a weaker boundary instead of growing to the target. */
  readonly enough: number
  /** A passage may grow to this to take in a whole paragraph. */
  readonly stretch: number
}

/**
 * @param pages the pages of one document in order; their numbers need not be contiguous
 * @throws RangeError unless 1 <= minTokens <= targetTokens <= maxTokens and minTokens <= maxTokens / 2
 */
export function chunkDocument(pages: readonly PageText[], options: ChunkOptions = {}): PassageDraft[] {
  const { minTokens: min = 32, maxTokens: max = 512, targetTokens: target = Math.min(192, max) } = options
  if (!(min >= 1 && min <= target && target <= max && min * 2 <= max)) {
    throw new RangeError(
      `chunkDocument: sizes must satisfy 1 <= minTokens (${min}) <= targetTokens (${target}) <= maxTokens (${max}) and minTokens <= maxTokens / 2`,
    )
  }
  const sizes = { min, max, target, enough: target * 0.6, stretch: Math.min(max, target * 1.5) }
  const blocks = documentBlocks(pages, options.breaks)
  const drafts = mergeSmall(assemble(pages, blocks, sizes), sizes)
  return drafts.map((draft) => passageOf(pages, draft))
}

/** Runs over the blocks once, closing a draft wherever the structure and the sizes say so. */
function assemble(pages: readonly PageText[], blocks: readonly Block[], sizes: Sizes): Draft[] {
  const drafts: Draft[] = []
  let draft: Draft = { blocks: [], tokens: 0 }
  const close = (next: Block): void => {
    const carried = trailingTitles(draft, next)
    if (draft.blocks.length > 0) drafts.push(draft)
    draft = carried
  }
  const append = (block: Block): void => {
    if (draft.tokens + block.tokens > sizes.max) close(block)
    // What was carried over does not fit either.
    if (draft.tokens + block.tokens > sizes.max) {
      drafts.push(draft)
      draft = { blocks: [], tokens: 0 }
    }
    draft.blocks.push(block)
    draft.tokens += block.tokens
  }
  const textOf = (block: Block): string => pages[block.page]?.text ?? ''
  for (let i = 0; i < blocks.length; i++) {
    let block = blocks[i] as Block
    if (block.runsOn && draft.blocks.length > 0 && draft.tokens + block.tokens > sizes.target) {
      // The sentence that the page end cuts is finished here, so that no passage ends in the middle of it.
      const [ending, rest] = splitFirstSentence(textOf(block), block)
      if (draft.tokens + ending.tokens <= sizes.stretch) {
        append(ending)
        if (!rest) continue
        block = rest
      }
    }
    if (closesBefore(draft, block, sizes)) close(block)

    const groupEnd = listEnd(blocks, i, sizes.max)
    let size = 0
    for (let k = i; k < groupEnd; k++) size += blocks[k]?.tokens ?? 0
    if (groupEnd > i + 1) {
      // A list or table that fits a passage of its own is not cut; its lead-in and heading go with it.
      if (draft.tokens + size > sizes.stretch && draft.tokens >= sizes.min) close(block)
      for (let k = i; k < groupEnd; k++) append(k === i ? block : (blocks[k] as Block))
      i = groupEnd - 1
      continue
    }
    if (draft.tokens >= sizes.enough && draft.tokens + size > sizes.target) close(block)
    if (size <= sizes.max && (block.kind === 'heading' || draft.tokens + size <= sizes.stretch)) {
      append(block)
      continue
    }
    for (const piece of piecesOf(textOf(block), block, draft.tokens, sizes)) {
      if (draft.tokens >= sizes.min && draft.tokens + piece.tokens > sizes.target) close(piece)
      append(piece)
    }
  }
  if (draft.blocks.length > 0) drafts.push(draft)
  return drafts
}

/**
 * Takes headings and title-like lines off the end of a draft, to open the next one with them. From one page to the next
 * only the heading that is open goes along; an all-title draft stays whole.
 */
function trailingTitles(draft: Draft, next: Block): Draft {
  let keep = draft.blocks.length
  for (; keep > 0; keep--) {
    const block = draft.blocks[keep - 1] as Block
    const goesAlong =
      block.page === next.page ? isTitle(block) : block.kind === 'heading' && block.section === next.section
    if (!goesAlong) break
  }
  const carried: Draft = { blocks: [], tokens: 0 }
  if (keep === 0 || keep === draft.blocks.length) return carried
  carried.blocks = draft.blocks.splice(keep)
  for (const block of carried.blocks) carried.tokens += block.tokens
  draft.tokens -= carried.tokens
  return carried
}

function isTitle(block: Block): boolean {
  return block.kind === 'heading' || block.kind === 'title'
}

/** Does the structure end the passage before `block`, whatever room is left? */
function closesBefore(draft: Draft, block: Block, sizes: Sizes): boolean {
  const last = draft.blocks.at(-1)
  if (!last) return false
  if (block.forced && draft.tokens >= sizes.min) return true
  const newSection = block.section !== last.section
  if (block.page !== last.page)
    return newSection || (draft.tokens >= sizes.min && !block.runsOn && last.kind !== 'heading')
  return newSection && draft.tokens >= sizes.enough
}

/**
 * End (exclusive) of the list or table that starts at `from`, its lead-in ("... the following:") included;
 * `from + 1` when there is none or when it does not fit one passage.
 */
function listEnd(blocks: readonly Block[], from: number, maxTokens: number): number {
  const first = blocks[from]
  let at = from + 1
  if (!first || isTitle(first)) return at
  let tokens = first.tokens
  const next = blocks[at]
  if (first.kind === 'text' && (first.tokens > 64 || !next || next.kind === 'text' || isTitle(next))) return at
  for (; at < blocks.length; at++) {
    const block = blocks[at] as Block
    if ((block.kind !== 'item' && block.kind !== 'row') || block.section !== first.section || block.forced) break
    if (block.page !== first.page) break
    tokens += block.tokens
    if (tokens > maxTokens) return from + 1
  }
  return at
}

/** Merges drafts under the minimum with a neighbour of the same page or section, the section first. */
function mergeSmall(drafts: readonly Draft[], sizes: Sizes): Draft[] {
  const merged: Draft[] = []
  drafts.forEach((draft, i) => {
    const last = merged.at(-1)
    if (!last || !mergeable(last, draft, sizes) || (last.tokens >= sizes.min && draft.tokens >= sizes.min)) {
      merged.push(draft)
      return
    }
    const next = drafts[i + 1]
    const belongsToNext =
      last.tokens >= sizes.min &&
      lastOf(last).section !== firstOf(draft).section &&
      next !== undefined &&
      lastOf(draft).section === firstOf(next).section &&
      mergeable(draft, next, sizes)
    if (belongsToNext) merged.push(draft)
    else {
      last.blocks.push(...draft.blocks)
      last.tokens += draft.tokens
    }
  })
  return merged
}

function mergeable(a: Draft, b: Draft, sizes: Sizes): boolean {
  const end = lastOf(a)
  const start = firstOf(b)
  return (end.page === start.page || end.section === start.section) && a.tokens + b.tokens <= sizes.max
}

function firstOf(draft: Draft): Block {
  return draft.blocks[0] as Block
}

function lastOf(draft: Draft): Block {
  return draft.blocks.at(-1) as Block
}

function passageOf(pages: readonly PageText[], draft: Draft): PassageDraft {
  const first = firstOf(draft)
  const last = lastOf(draft)
  let text = ''
  let from = first
  draft.blocks.forEach((block, i) => {
    const next = draft.blocks[i + 1]
    if (next?.page === block.page) return
    if (text !== '') text += from.runsOn ? ' ' : '\n\n'
    text += pages[block.page]?.text.slice(from.start, block.end) ?? ''
    if (next) from = next
  })
  return {
    pageStart: pages[first.page]?.number ?? 0,
    pageEnd: pages[last.page]?.number ?? 0,
    charStart: first.start,
    charEnd: last.end,
    // The path of the first text, so that a passage that opens with "Chapter 2" and "2.1 Scope" carries both.
    headings: (draft.blocks.find((block) => block.kind !== 'heading') ?? last).headings,
    text,
    tokens: draft.tokens,
  }
}
