/** Negative, 0 or positive, as the first of two versions `major.minor.patch` is older, the same or newer. Suffixes do not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)]
  for (let place = 0; place < 3; place++) {
    const difference = left[place]! - right[place]!
    if (difference !== 0) return difference
  }
  return 0
}

function numbers(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version
    .replace(/[-+].*$/u, '')
    .split('.')
    .map(Number)
  return [major, minor, patch]
}
