/**
 * Puts a text on the clipboard.
 * @returns false when the browser refuses
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** Where the page does not come from a trusted address (`dmr serve` on another computer) there is no clipboard object. */
function copyBySelection(text: string): boolean {
  const cameFrom = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('aria-hidden', 'true')
  area.style.position = 'fixed'
  area.style.opacity = '0'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (cameFrom instanceof HTMLElement) cameFrom.focus()
  return done
}
