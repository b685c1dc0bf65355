import { stat } from 'node:fs/promises'

/** Whether a path is a file, links followed. */
export function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  )
}
