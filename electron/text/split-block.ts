/** Cuts a block of text that does not fit into pieces that do. */
import type { Block } from './blocks.ts'
import { splitSentences } from './sentences.ts'
import { countTokens } from './tokens.ts'
import { isWhiteSpace } from './white-space.ts'

export interface PieceSizes {
  readonly target: number
  readonly max: number
}

/** The first sentence of a block, and what follows it, if anything. */
export function splitFirstSentence(text: string, block: Block): [first: Block, rest: Block | undefined] {
  const [first, next] = splitSentences(text, block.start, block.end)
  if (!first || !next) return [block, undefined]
  return [
    partOf(block, first.start, first.end, countTokens(text, first.start, first.end)),
    partOf(block, next.start, block.end, countTokens(text, next.start, block.end)),
  ]
}

/**
 * Cuts a block at sentences, and a sentence that is too long at words, into pieces of about one size.
 * @param room tokens of the open passage, which the first piece fills up
 */
export function piecesOf(text: string, block: Block, room: number, sizes: PieceSizes): Block[] {
  const count = Math.max(1, Math.ceil((block.tokens + room) / sizes.target))
  const wanted = (block.tokens + room) / count
  const pieces: Block[] = []
  let start = block.start
  let end = block.start
  let tokens = 0
  // The first piece fills what is open already.
  let filled = room
  const close = (): void => {
    if (end > start) pieces.push(partOf(block, start, end, tokens))
    tokens = 0
    filled = 0
  }
  for (const part of splitSentences(text, block.start, block.end)) {
    for (const { from, to, size } of wordRuns(text, part.start, part.end, sizes.target, sizes.max)) {
      if (tokens > 0 && (filled + tokens + size / 2 > wanted || filled + tokens + size > sizes.max)) {
        close()
        start = from
      } else if (tokens === 0) start = from
      end = to
      tokens += size
    }
  }
  close()
  return pieces
}

/** A sentence as it is when it fits; else runs of whole words of about `target` tokens; else runs of characters. */
function wordRuns(
  text: string,
  start: number,
  end: number,
  target: number,
  max: number,
): { from: number; to: number; size: number }[] {
  const whole = countTokens(text, start, end)
  if (whole <= target) return [{ from: start, to: end, size: whole }]
  const runs: { from: number; to: number; size: number }[] = []
  const longest = Math.max(1, Math.floor(max / 2))
  let from = start
  let size = 0
  let at = start
  let last = start
  while (at < end) {
    let stop = at
    // A word of more characters than half of `max` is cut there: no character counts for more than two tokens.
    while (stop < end && stop - at < longest && !isWhiteSpace(text.charCodeAt(stop))) stop++
    if (stop < end && isLowSurrogate(text.charCodeAt(stop)) && stop > at + 1) stop--
    const tokens = countTokens(text, at, stop)
    if (size > 0 && size + tokens > target) {
      runs.push({ from, to: last, size })
      from = at
      size = 0
    }
    size += tokens
    last = stop
    at = stop
    while (at < end && isWhiteSpace(text.charCodeAt(at))) at++
  }
  if (last > from) runs.push({ from, to: last, size })
  return runs
}

/** What is true of the start of a block is true only of the part that starts there. */
function partOf(block: Block, start: number, end: number, tokens: number): Block {
  const atStart = start === block.start
  return { ...block, start, end, tokens, runsOn: block.runsOn && atStart, forced: block.forced && atStart }
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
