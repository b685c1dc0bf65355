// Finds places where an English word may be broken at a line end: affixes first, then between two consonants.

const SUFFIX =
  /(tion|sion|ment|ments|tions|ness|able|ible|ing|ings|ance|ence|ency|ture|tures|less|ful|ship|ward|tive|tional)$/
const PREFIX = /^(inter|under|over|super|trans|counter|after|fore|pre|dis|non|mis|out|con|com|per|re|un|in|de|ex)/
const CLUSTER = /^(ch|sh|th|ph|wh|ck|gh|tr|dr|pr|br|cr|gr|fr|pl|bl|cl|gl|fl|st|sp|sc|sk|ng|qu)$/

/**
 * Break offsets of a word, ascending; the text before an offset is printed with a hyphen after it.
 * Only plain lower-case words (with at most a capital first letter and trailing punctuation) of 7 letters or more.
 */
export function hyphenPoints(word: string): number[] {
  const letters = /^[A-Z]?[a-z]{6,}(?=[.,;:]?$)/.exec(word)?.[0].toLowerCase()
  if (letters === undefined) return []
  const points = new Set<number>()
  const prefix = PREFIX.exec(letters)?.[0].length
  if (prefix !== undefined) points.add(prefix)
  const suffix = SUFFIX.exec(letters)?.index
  if (suffix !== undefined) points.add(suffix)
  for (let i = 2; i < letters.length - 2; i++) {
    const pair = letters.slice(i - 1, i + 1)
    const between = /[aeiou]/.test(letters[i - 2] ?? '') && /[aeiouy]/.test(letters[i + 1] ?? '')
    if (between && /^[^aeiouy]{2}$/.test(pair) && !CLUSTER.test(pair)) points.add(i)
  }
  return [...points].filter((point) => point >= 2 && point <= letters.length - 3).sort((a, b) => a - b)
}
