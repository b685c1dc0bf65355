// An earlier revision of a document, written as the sentences that differ from the current one.

/**
 * Applies a revision file: its first line is `base: <source file>`, then pairs of `- current text` and `+ earlier text`.
 * @throws Error when a current text does not stand exactly once in the base
 */
export function applyRevision(revision: string, name: string, readBase: (file: string) => string): string {
  const lines = revision.split('\n').filter((line) => line !== '')
  const base = /^base: (.+)$/.exec(lines[0] ?? '')?.[1]
  if (base === undefined) throw new Error(`${name}: the first line must be 'base: <source file>'`)
  let text = readBase(base)
  for (let i = 1; i < lines.length; i += 2) {
    const current = (lines[i] ?? '').slice(2)
    const earlier = (lines[i + 1] ?? '').slice(2)
    if (text.split(current).length !== 2)
      throw new Error(`${name}: '${current}' does not stand exactly once in ${base}`)
    text = text.replace(current, () => earlier)
  }
  return text
}
