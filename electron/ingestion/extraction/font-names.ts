/**
 * [Note: font names]
 * Whether text is bold tells headings from body text, and in a PDF it stands only in the font's name. pdf.js knows the
 * name but reports it only for pages that are drawn, and drawing as many pages as it takes costs a quarter of the time of
 * reading all of them. So its worker module is loaded with one property more in the text style it reports. Where a later
 * version lacks the place, text comes without weight and the test of this file fails.
 */
import { registerHooks } from 'node:module'
import type { TextStyle } from 'pdfjs-dist/types/src/display/api.d.ts'

export interface NamedTextStyle extends TextStyle {
  /** PostScript name, such as "ABCDEF+Calibri-Bold". */
  readonly fontName?: string
}

/** src/core/evaluator.js, `ensureTextContentItem`. */
const STYLE = 'fontFamily: font.fallbackName,'

/** Imports a module of pdf.js so that the text styles it reports are `NamedTextStyle`s. */
export async function withFontNames<Module>(importWorker: () => Promise<Module>): Promise<Module> {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith('/pdf.worker.mjs') || loaded.source == null) return loaded
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
      return { ...loaded, source: source.replace(STYLE, `${STYLE} fontName: font.name,`) }
    },
  })
  try {
    return await importWorker()
  } finally {
    hooks.deregister()
  }
}

/** Bold and heavier weights, by the words that font names use. */
export function isBoldFont(name: string | undefined): boolean {
  return name !== undefined && /bold|black|heavy|demi/i.test(name)
}
