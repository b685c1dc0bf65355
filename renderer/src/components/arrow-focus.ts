// Arrow keys between rows of a table or cards of a grid: Tab still goes through every control, the arrows go past them.

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), [tabindex="0"]'
/** These use the arrow keys themselves. */
const OWN_KEYS = 'input:not([type=checkbox]), textarea, select, [role=radiogroup], [role=menu], [role=application]'

interface Place {
  readonly left: number
  readonly top: number
}

/** Where the focus goes from a place: to the nearest item in the direction of the key. @returns undefined at the edge */
export function neighbour(key: string, from: number, places: readonly Place[]): number | undefined {
  if (key === 'Home') return 0
  if (key === 'End') return places.length - 1
  const here = places[from]
  const way = DIRECTIONS[key]
  if (here === undefined || way === undefined) return undefined
  let best: { readonly index: number; readonly distance: number } | undefined
  for (const [index, place] of places.entries()) {
    const [along, across] = way({ left: place.left - here.left, top: place.top - here.top })
    // What lies in the line of the arrow comes before what is nearer but aside.
    const distance = along + 4 * Math.abs(across)
    if (along > 0 && (best === undefined || distance < best.distance)) best = { index, distance }
  }
  return best?.index
}

const DIRECTIONS: Readonly<Record<string, (way: Place) => readonly [along: number, across: number]>> = {
  ArrowDown: ({ left, top }) => [top, left],
  ArrowUp: ({ left, top }) => [-top, left],
  ArrowRight: ({ left, top }) => [left, top],
  ArrowLeft: ({ left, top }) => [-left, top],
}

/**
 * Moves the focus for an arrow key, Home or End, to the same control of the neighbouring item.
 * @param items matches the rows or cards inside the element that listens
 */
export function moveFocus(event: KeyboardEvent, items: string): void {
  const { key, target, currentTarget } = event
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return
  if (!(target instanceof HTMLElement) || !(currentTarget instanceof HTMLElement) || target.closest(OWN_KEYS)) return
  const all = [...currentTarget.querySelectorAll<HTMLElement>(items)].filter((item) => item.checkVisibility())
  const from = all.findIndex((item) => item.contains(target))
  const next =
    from < 0
      ? undefined
      : neighbour(
          key,
          from,
          all.map((item) => item.getBoundingClientRect()),
        )
  if (next === undefined || next === from) return
  event.preventDefault()
  const controls = [...all[next]!.querySelectorAll<HTMLElement>(FOCUSABLE)]
  const place = [...all[from]!.querySelectorAll(FOCUSABLE)].indexOf(target)
  ;(controls[place] ?? controls[0])?.focus()
}
