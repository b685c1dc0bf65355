import { BRIEFING_FORMATS, type BriefingFormat } from '../../../../electron/contracts/search.ts'
import type { MenuItem } from '../../components/Menu.svelte'
import { strings } from '../../strings/index.ts'

/** The formats in which passages are handed on, as a menu. */
export function exportItems(save: (format: BriefingFormat) => void): MenuItem[] {
  return BRIEFING_FORMATS.map((format) => ({ label: strings.briefing.formats[format], onselect: () => save(format) }))
}
