/** What JavaScript's `\s` matches, as a test of one UTF-16 code, for scans that run over every character. */
export function isWhiteSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  if (code < 0x1680) return code === 0xa0
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  )
}

/** First offset at or after `start` that is not white space, at most `end`. */
export function skipWhiteSpace(text: string, start: number, end: number): number {
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++
  return start
}

/** Last offset at or before `end` that follows a character that is not white space, at least `start`. */
export function trimWhiteSpace(text: string, start: number, end: number): number {
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--
  return end
}
