const isMac = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.platform)

const CAPS: Readonly<Record<string, string>> = {
  Mod: isMac ? '⌘' : 'Ctrl',
  Alt: isMac ? '⌥' : 'Alt',
  Shift: isMac ? '⇧' : 'Shift',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Delete: 'Del',
}

/**
 * The caps that show a key binding: 'Mod+K' gives one cap, 'Ctrl K'; 'G L' (one key after the other) gives two.
 */
export function keycaps(keys: string): string[] {
  return keys.split(' ').map((chord) =>
    chord
      .split('+')
      .map((key) => CAPS[key] ?? key)
      .join(' '),
  )
}

/**
 * Name of the chord a key event stands for, in the spelling of bindings: 'Mod+K', 'Shift+Enter', '?'.
 * Shift is named only where it does not already change the character.
 */
export function chordOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> & { readonly code?: string },
): string {
  // On a Mac, Option with a digit types a sign of its own; the digit is on the key all the same.
  const digit = event.altKey ? /^Digit(\d)$/.exec(event.code ?? '')?.[1] : undefined
  const key = digit ?? (event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toUpperCase() : event.key)
  const named = event.key.length > 1 || (/[a-z]/i.test(event.key) && event.key.length === 1)
  const parts: string[] = []
  if (isMac ? event.metaKey : event.ctrlKey) parts.push('Mod')
  if (event.altKey) parts.push('Alt')
  if (event.shiftKey && named) parts.push('Shift')
  parts.push(key)
  return parts.join('+')
}
