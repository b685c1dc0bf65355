import { oc } from '@orpc/contract'
import * as v from 'valibot'

const preview = v.object({
  /** Names exactly these texts: saving writes them and no others. */
  id: v.string(),
  files: v.array(v.object({ name: v.string(), text: v.string() })),
  /** What was replaced, and how often. */
  redacted: v.array(v.object({ kind: v.string(), count: v.number() })),
})
export type SupportPreview = v.InferOutput<typeof preview>

export const supportContract = {
  /** Collects what helps to find a fault, with everything private replaced. Nothing is written. */
  preview: oc.output(preview),
  /** The previewed texts as one zip file, in base64. */
  zip: oc.input(v.object({ id: v.string() })).output(v.object({ fileName: v.string(), base64: v.string() })),
}
