import type { SupportPreview } from '../contracts/support.ts'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import { collectSupport, supportFileName, zipSupport } from './support/support-bundle.ts'

/** The bundle is shown first; saving takes exactly what was shown, which therefore stays here until the next one is. */
export function supportService(library: Library) {
  let shown: SupportPreview | undefined
  return {
    preview: os.support.preview.handler(async () => (shown = await collectSupport(library.platform, library))),
    zip: os.support.zip.handler(({ input }) => {
      if (shown?.id !== input.id)
        throw new WorkbenchError(
          'NOT_FOUND',
          said`This preview is no longer the newest one. Look at the bundle again, then save it.`,
        )
      return { fileName: supportFileName(), base64: Buffer.from(zipSupport(shown)).toString('base64') }
    }),
  }
}
