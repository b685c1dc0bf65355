import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FileRow } from '../../../electron/contracts/library.ts'
import type { Client } from '../connection/client.ts'
import { Commands, type Command } from './commands.svelte.ts'
import { Palette } from './palette.svelte.ts'
import { RecentSearches } from './recent-searches.svelte.ts'

class FakeElement {
  readonly isContentEditable: boolean = false
  closest(_selector: string): FakeElement | null {
    return null
  }
}
class FakeMenuItem extends FakeElement {
  override closest(selector: string): FakeElement | null {
    return selector.includes('[role="menu"]') ? this : null
  }
}
class FakeInput extends FakeElement {
  readonly type = 'text'
}
class FakeTextArea extends FakeElement {}
class FakeSelect extends FakeElement {}

beforeAll(() => {
  vi.stubGlobal('HTMLElement', FakeElement)
  vi.stubGlobal('HTMLInputElement', FakeInput)
  vi.stubGlobal('HTMLTextAreaElement', FakeTextArea)
  vi.stubGlobal('HTMLSelectElement', FakeSelect)
})
afterAll(() => vi.unstubAllGlobals())

let clock = 0
function press(key: string, target: unknown = new FakeElement(), held: Partial<KeyboardEvent> = {}): KeyboardEvent {
  clock += 100
  return {
    key,
    target,
    timeStamp: clock,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    defaultPrevented: false,
    preventDefault: vi.fn(),
    ...held,
  } as unknown as KeyboardEvent
}

const command = (
  id: string,
  keys: string,
  change: Partial<Command> = {},
): Command & { run: ReturnType<typeof vi.fn<() => void>> } => ({
  id,
  title: id,
  group: 'Test',
  keys: [keys],
  ...change,
  run: vi.fn<() => void>(),
})

describe('keys', () => {
  let commands: Commands
  beforeEach(() => {
    commands = new Commands()
  })

  it('run what they are bound to, for as long as it is there', () => {
    const find = command('find', 'F')
    const remove = commands.add([find])
    commands.handle(press('f'))
    remove()
    commands.handle(press('f'))
    expect(find.run).toHaveBeenCalledTimes(1)
  })

  it('run a sequence only when it is pressed in time', () => {
    const go = command('go', 'G L')
    commands.add([go])
    commands.handle(press('g'))
    commands.handle(press('l'))
    expect(go.run).toHaveBeenCalledTimes(1)
    commands.handle(press('g'))
    clock += 2_000
    commands.handle(press('l'))
    expect(go.run).toHaveBeenCalledTimes(1)
  })

  it('never act alone while a text field has focus', () => {
    const find = command('find', 'F')
    const palette = command('palette', 'Mod+K', { inFields: true })
    commands.add([find, palette])
    commands.handle(press('f', new FakeInput()))
    commands.handle(press('f', new FakeTextArea()))
    expect(find.run).not.toHaveBeenCalled()
    commands.handle(press('k', new FakeInput(), { ctrlKey: true }))
    expect(palette.run).toHaveBeenCalledTimes(1)
  })

  it('never act alone behind a menu or a dialog', () => {
    const accept = command('accept', 'A')
    const undo = command('undo', 'Mod+Z')
    commands.add([accept, undo])
    commands.handle(press('a', new FakeMenuItem()))
    expect(accept.run).not.toHaveBeenCalled()
    commands.handle(press('z', new FakeMenuItem(), { ctrlKey: true }))
    expect(undo.run).toHaveBeenCalledTimes(1)
  })

  it('act once for a key that is held, where they say so', () => {
    const accept = command('accept', 'A', { once: true })
    const next = command('next', 'J')
    commands.add([accept, next])
    for (const repeat of [false, true, true]) {
      commands.handle(press('a', undefined, { repeat }))
      commands.handle(press('j', undefined, { repeat }))
    }
    expect([accept, next].map((one) => one.run.mock.calls.length)).toEqual([1, 3])
  })

  it('belong to the view that came last', () => {
    const frame = command('frame', 'R')
    const view = command('view', 'R')
    commands.add([frame])
    const leave = commands.add([view])
    commands.handle(press('r'))
    leave()
    commands.handle(press('r'))
    expect([frame, view].map((one) => one.run.mock.calls.length)).toEqual([1, 1])
  })

  it('fall through what is not available now', () => {
    const frame = command('frame', 'R')
    commands.add([frame, command('view', 'R', { enabled: () => false })])
    commands.handle(press('r'))
    expect(frame.run).toHaveBeenCalledTimes(1)
  })
})

describe('the palette', () => {
  const files = vi.fn(async (_input: { find: string }) => ({
    rows: [{ id: 2, title: 'Shelter Operations SOP', path: 'sop.pdf', pages: 64 }] as FileRow[],
  }))
  const client = {
    library: { files },
    search: { saved: async () => [{ id: 1, name: 'Open shelters', newHits: 3 }] },
  } as unknown as Client
  const search = vi.fn<(query: string) => void>()
  const openFile = vi.fn<(file: FileRow) => void>()

  function open(): Palette {
    const commands = new Commands()
    commands.add([
      command('Go to Library', 'G L'),
      command('Shelve it', 'S'),
      command('hidden shelf', 'X', { listed: false }),
    ])
    const recent = new RecentSearches({ getItem: () => '["flood"]', setItem: () => {} })
    const palette = new Palette(client, commands, recent, { search, openFile, openSaved: () => {} })
    palette.open()
    return palette
  }
  async function type(palette: Palette, query: string): Promise<string[]> {
    palette.query = query
    await vi.advanceTimersByTimeAsync(100)
    return palette.items.map((item) => item.title)
  }

  beforeEach(() => {
    vi.useFakeTimers()
    files.mockClear()
    return () => void vi.useRealTimers()
  })

  it('offers recent searches and all commands before anything is typed', () => {
    expect(open().items.map((item) => item.title)).toEqual(['flood', 'Go to Library', 'Shelve it'])
    expect(files).not.toHaveBeenCalled()
  })

  it('offers the search first, then files, saved searches and commands', async () => {
    expect(await type(open(), 'shel')).toEqual([
      'Search the library for “shel”',
      'Shelter Operations SOP',
      'Open shelters',
      'Shelve it',
    ])
  })

  it('keeps to commands after ">" and to files after "@"', async () => {
    const palette = open()
    expect(await type(palette, '>shel')).toEqual(['Shelve it'])
    expect(files).not.toHaveBeenCalled()
    expect(await type(palette, '@shel')).toEqual(['Shelter Operations SOP'])
    expect(files.mock.lastCall?.[0].find).toBe('shel')
  })

  it('asks for files once the typing pauses, not for every letter', async () => {
    const palette = open()
    for (const query of ['s', 'sh', 'she', 'shel']) palette.query = query
    await vi.advanceTimersByTimeAsync(100)
    expect(files).toHaveBeenCalledTimes(1)
  })

  it('moves around in a ring and runs what it stands on', async () => {
    const palette = open()
    await type(palette, 'shel')
    palette.move(-1)
    expect(palette.active).toBe(3)
    palette.move(2)
    palette.run()
    expect(openFile.mock.lastCall?.[0].id).toBe(2)
    expect(palette.isOpen).toBe(false)
  })
})
