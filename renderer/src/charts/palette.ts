// Colours of charts: tokens of styles/tokens.css, read where they are drawn, so that both themes are right.

/** How a curve is told from others: a colour that stays apart for colour-blind eyes, then the kind of its line. */
export interface CurveStyle {
  readonly token: `--c${1 | 2 | 3 | 4 | 5 | 6}`
  /** CSS pixels on and off; empty for a whole line. */
  readonly dash: readonly number[]
}

const TOKENS = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6'] as const
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [1, 4], [4, 2, 1, 2, 1, 2], [14, 3, 3, 3], [3, 6]] as const

/** Style of the n-th curve: 54 that differ, six colours first. */
export function curveStyle(index: number): CurveStyle {
  const dash = DASHES[Math.floor(index / TOKENS.length) % DASHES.length]
  return { token: TOKENS[index % TOKENS.length]!, dash: dash ?? [] }
}

const INK = {
  ...{ grid: '--c-grid', axis: '--c-axis', raw: '--c-raw', reference: '--c-base', text: '--text', quiet: '--text-3' },
  ...{ ground: '--surface', warn: '--warn-fill' },
} as const

/** Resolved colours of one theme. */
export type Ink = Readonly<Record<keyof typeof INK | (typeof TOKENS)[number], string>> & { readonly font: string }

/** Reads the colours as they are now; asked again when the theme changes. */
export function readInk(element: Element = document.documentElement): Ink {
  const style = getComputedStyle(element)
  const value = (token: string): string => style.getPropertyValue(token).trim()
  return {
    ...(Object.fromEntries([
      ...Object.entries(INK).map(([name, token]) => [name, value(token)]),
      ...TOKENS.map((token) => [token, value(token)]),
    ]) as Omit<Ink, 'font'>),
    font: value('--font-ui'),
  }
}

/** Opacity of a band under its line. */
export const FAINT = 0.16
/** Opacity of its edge, a hairline that has to be seen on dark ground too. */
export const EDGE = 0.5

/** A colour of the tokens (#rrggbb) with an opacity. */
export function withAlpha(color: string, alpha: number): string {
  return /^#[0-9a-f]{6}$/i.test(color)
    ? `${color}${Math.round(alpha * 255)
        .toString(16)
        .padStart(2, '0')}`
    : color
}
