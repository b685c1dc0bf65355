/** Hands a text to the person as a file: the browser's download, the desktop's save dialog. */
export function saveText(fileName: string, text: string): void {
  saveBlob(fileName, new Blob([text], { type: 'text/plain;charset=utf-8' }))
}

/** Hands a file to the person, whatever is in it. */
export function saveBlob(fileName: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  // Not at once: the download reads the address after this turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
