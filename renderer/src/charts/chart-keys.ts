import { PAN_STEP, ZOOM_STEP, type ChartGroup } from './chart-group.svelte.ts'

/** Arrow keys move the cursor by this part of the range. */
const CURSOR_STEP = 1 / 100

type Action = (group: ChartGroup) => void

function moveCursor(group: ChartGroup, share: number): void {
  const { from, to } = group.range
  group.setCursor((group.cursor ?? (from + to) / 2) + (to - from) * share)
}

const KEYS: Readonly<Record<string, Action>> = {
  ArrowLeft: (group) => moveCursor(group, -CURSOR_STEP),
  ArrowRight: (group) => moveCursor(group, CURSOR_STEP),
  'Shift+ArrowLeft': (group) => group.pan(-PAN_STEP),
  'Shift+ArrowRight': (group) => group.pan(PAN_STEP),
  '+': (group) => group.zoom(ZOOM_STEP),
  '=': (group) => group.zoom(ZOOM_STEP),
  '-': (group) => group.zoom(1 / ZOOM_STEP),
  '0': (group) => group.reset(),
  Home: (group) => group.pan(-Infinity),
  End: (group) => group.pan(Infinity),
  Escape: (group) => group.setCursor(null),
}

/** Moves, zooms or pans for a key of a chart. @returns whether the key meant something */
export function pressKey(
  group: ChartGroup,
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey'>,
): boolean {
  if (event.ctrlKey || event.metaKey) return false
  if (event.key === 'Escape' && group.cursor === null) return false
  const isArrow = event.key.startsWith('Arrow')
  const action = KEYS[isArrow && event.shiftKey ? `Shift+${event.key}` : event.key]
  action?.(group)
  return action !== undefined
}
