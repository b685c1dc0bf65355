import { INTENTS } from '../../../../electron/contracts/intents.ts'
import type { Command } from '../../state/commands.svelte.ts'
import { strings } from '../../strings/index.ts'
import type { SearchDesk } from './search-desk.svelte.ts'

/** What only the view can do: it holds the elements. */
export interface SearchPlaces {
  readonly focusQuery: () => void
  readonly findInDocument: () => void
}

/** What the query box and the list do themselves; here for the keyboard map only. */
const LIST_KEYS = [
  ['history', ['ArrowUp']],
  ['move', ['ArrowUp', 'ArrowDown']],
  ['open', ['Enter']],
  ['peek', ['Space']],
] as const

const GRADES = [0, 1, 2, 3] as const

/** The keys of the Search view. Arrows, Enter and Space belong to the list itself (see hit-selection.svelte.ts). */
export function searchCommands(desk: SearchDesk, places: SearchPlaces): Command[] {
  const words = strings.search
  const group = words.group
  const hasHit = (): boolean => desk.selection.hit !== undefined
  return [
    { id: 'search:query', title: words.focusQuery, group, keys: ['/', 'Mod+L'], run: places.focusQuery },
    ...LIST_KEYS.map(([name, keys]) => ({
      id: `search:list:${name}`,
      title: words.listKeys[name],
      group,
      keys,
      listed: false,
      enabled: () => false,
      run: () => undefined,
    })),
    ...(['auto', ...INTENTS] as const).map((intent, index) => ({
      id: `search:intent:${intent}`,
      title: words.useIntent(words.intents[intent]),
      group,
      keys: [`Alt+${index}`],
      run: () => void desk.session.set({ intent }),
    })),
    {
      id: 'search:copy',
      title: words.copyCitation,
      group,
      keys: ['C'],
      enabled: hasHit,
      run: () => desk.copyCitation(),
    },
    {
      id: 'search:similar',
      title: words.similarLong,
      group,
      keys: ['S'],
      enabled: hasHit,
      run: () => desk.findSimilar(),
    },
    {
      id: 'search:briefing',
      title: words.briefingAdd,
      group,
      keys: ['B'],
      enabled: hasHit,
      run: () => desk.addToBriefing(),
    },
    {
      id: 'search:why',
      title: words.why,
      group,
      keys: ['W'],
      enabled: hasHit,
      run: () => {
        const id = desk.selection.hit?.passageId ?? null
        desk.explained = desk.explained === id ? null : id
      },
    },
    ...GRADES.map((grade) => ({
      id: `search:judge:${grade}`,
      title: words.judgeKey(grade),
      group,
      keys: [String(grade)],
      listed: false,
      enabled: hasHit,
      run: () => void desk.judge(grade),
    })),
    {
      id: 'search:next-hit',
      title: words.nextHit,
      group,
      keys: ['N'],
      enabled: () => desk.page.hits.length > 1,
      run: () => desk.stepHit(1),
    },
    {
      id: 'search:previous-hit',
      title: words.previousHit,
      group,
      keys: ['Shift+N'],
      enabled: () => desk.page.hits.length > 1,
      run: () => desk.stepHit(-1),
    },
    {
      id: 'search:find-in-document',
      title: words.findInDocument,
      group,
      keys: ['Mod+F'],
      enabled: () => desk.page.viewer.pdf !== null,
      run: places.findInDocument,
    },
    {
      id: 'search:copy-citations',
      title: words.copyCitations,
      group,
      enabled: hasHit,
      run: () => desk.copyCitations(),
    },
    { id: 'search:open-briefing', title: strings.briefing.open, group, run: () => desk.briefing.open() },
  ]
}
