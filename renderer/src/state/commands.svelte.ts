import { untrack, type Component } from 'svelte'
import { chordOf } from '../format/keys.ts'

/** Something a person can do from the palette or with a key. */
export interface Command {
  readonly id: string
  readonly title: string
  readonly group: string
  readonly icon?: Component | undefined
  /** Quiet text after the title. */
  readonly hint?: string | undefined
  /** Bindings, the first one is shown: 'Mod+K', 'G L' (one after the other), '?'. */
  readonly keys?: readonly string[] | undefined
  /** false: not in the palette, only in the keyboard map. */
  readonly listed?: boolean | undefined
  /** Also while a text field has focus, although the key alone would type. */
  readonly inFields?: boolean | undefined
  /** Not again and again while the key is held down. */
  readonly once?: boolean | undefined
  readonly enabled?: (() => boolean) | undefined
  readonly run: () => void
}

const SEQUENCE_MS = 1_000

/** All commands of the moment: the frame's own, and those of the view that is open. */
export class Commands {
  #sets = $state.raw<readonly (readonly Command[])[]>([])
  #pending: { chord: string; at: number } | undefined

  get all(): readonly Command[] {
    return this.#sets.flat()
  }

  /** Adds commands for as long as the returned function is not called; made for `$effect(() => commands.add([...]))`. */
  add(commands: readonly Command[]): () => void {
    this.#sets = [...untrack(() => this.#sets), commands]
    return () => {
      this.#sets = untrack(() => this.#sets).filter((set) => set !== commands)
    }
  }

  /**
   * Runs the command bound to a key event, if there is one. Keys that would type a character never act while a text field,
   * a dialog or a menu has focus. The newest set wins, so a view may take a key over from the frame.
   */
  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return
    if (event.key === 'Shift' || event.key === 'Control' || event.key === 'Alt' || event.key === 'Meta') return
    const chord = chordOf(event)
    const typing = takesKeys(event.target) && !chord.startsWith('Mod+') && !chord.startsWith('Alt+')
    const prefix = this.#pending
    this.#pending = undefined
    const sequence = prefix && event.timeStamp - prefix.at < SEQUENCE_MS ? `${prefix.chord} ${chord}` : undefined
    const command = (sequence && this.#find(sequence, typing)) || this.#find(chord, typing)
    if (command !== undefined) {
      event.preventDefault()
      if (!event.repeat || command.once !== true) command.run()
    } else if (!typing && this.all.some((one) => one.keys?.some((keys) => keys.startsWith(`${chord} `)))) {
      this.#pending = { chord, at: event.timeStamp }
    }
  }

  #find(keys: string, typing: boolean): Command | undefined {
    return this.all.findLast(
      (command) =>
        command.keys?.includes(keys) === true &&
        (!typing || command.inFields === true) &&
        (command.enabled?.() ?? true),
    )
  }
}

/** Text is typed there, or letters choose an entry, or what lies behind it is not to be acted on. */
function takesKeys(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('[role="dialog"], [role="menu"]') !== null) return true
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)
}
