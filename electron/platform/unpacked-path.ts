const ARCHIVE = /(?<=[\\/]app\.asar)(?=[\\/])/u

/**
 * Where a packaged application keeps a file that the system itself loads. Electron lets Node read inside `app.asar`, but a
 * library that SQLite opens must be a real file; the installer puts those beside the archive, in `app.asar.unpacked`.
 * @returns the path itself outside a packaged application
 */
export function unpackedPath(path: string): string {
  return path.replace(ARCHIVE, '.unpacked')
}
