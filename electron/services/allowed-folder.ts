import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'

/**
 * Holds a folder to the policy's `watchedRoots`; anything goes where there are none.
 * @param folder a real path: a link inside an allowed folder allows nothing outside it
 * @throws WorkbenchError BAD_INPUT naming the folders that are allowed
 */
export async function requireAllowedFolder(folder: string, roots: readonly string[] | undefined): Promise<void> {
  if (!roots) return
  for (const root of roots) {
    const real = await realpath(root).catch(() => undefined)
    if (real !== undefined && (folder === real || folder.startsWith(real.endsWith(sep) ? real : real + sep))) return
  }
  throw new WorkbenchError(
    'BAD_INPUT',
    said`${folder} may not be indexed: your organisation allows only folders inside ${roots.join(', ')}. Choose one of those, or ask your administrator.`,
  )
}
