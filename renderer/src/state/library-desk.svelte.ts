import type { FileRow } from '../../../electron/contracts/library.ts'
import { count } from '../format/number.ts'
import { strings } from '../strings/index.ts'
import { AddFolder } from './add-folder.svelte.ts'
import { actionOf } from './file-actions.ts'
import { FileDrawer } from './file-drawer.svelte.ts'
import { FileOperations } from './file-operations.svelte.ts'
import { FileTable } from './file-table.svelte.ts'
import { NearCopies } from './near-copies.svelte.ts'
import type { Workbench } from './workbench.svelte.ts'

/** Everything on the Library view: table, drawers and what their buttons do. What is open stands in the address. */
export class LibraryDesk {
  readonly table: FileTable
  readonly drawer: FileDrawer
  readonly nearCopies: NearCopies
  readonly operations: FileOperations
  readonly addFolder: AddFolder
  readonly #workbench: Workbench

  constructor(workbench: Workbench) {
    const { client, library, toasts } = workbench
    this.#workbench = workbench
    this.table = new FileTable(client)
    this.drawer = new FileDrawer(client)
    this.nearCopies = new NearCopies(client)
    this.operations = new FileOperations(client, () => library.changed())
    this.addFolder = new AddFolder(client, (source) => {
      library.changed()
      toasts.show(strings.library.added(source.name))
    })
  }

  /** File whose drawer is open. */
  get openFile(): number | null {
    return numberIn(this.#workbench.router.params['file'])
  }

  /** Document whose group of near copies is open. */
  get openGroup(): number | null {
    return numberIn(this.#workbench.router.params['group'])
  }

  showFile(id: number): void {
    this.#workbench.router.set({ file: id, group: null })
  }

  showGroup(documentId: number): void {
    this.#workbench.router.set({ file: null, group: documentId })
  }

  closeDrawer(): void {
    this.#workbench.router.set({ file: null, group: null })
  }

  /** Does what the button of a row says; `unlock` is asked for by the row's own popover. */
  async act(file: FileRow): Promise<void> {
    const action = actionOf(file)
    if (action === 'compare' && file.documentId !== null) this.showGroup(file.documentId)
    else if (action === 'retry') await this.operations.retry(file.id)
    else if (action === 'include') await this.setExcluded(file.id, false)
    else if (action === 'ocr') await this.#recognise(file.id)
    else this.showFile(file.id)
  }

  async setExcluded(id: number, excluded: boolean): Promise<void> {
    if (!(await this.operations.setExcluded([id], excluded))) return
    const text = excluded ? strings.library.excludedToast(1) : strings.library.includedToast(1)
    this.#workbench.toasts.show(text, {
      label: strings.common.undo,
      run: () => void this.operations.setExcluded([id], !excluded),
    })
  }

  async #recognise(id: number): Promise<void> {
    const pages = await this.operations.recognise(id)
    if (pages !== undefined) this.#workbench.toasts.show(strings.library.ocrQueued(pages, count(pages)))
  }
}

function numberIn(text: string | undefined): number | null {
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value > 0 ? value : null
}
