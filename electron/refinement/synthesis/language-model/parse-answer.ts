import * as v from 'valibot'

/** An answer of a language model read against a schema, or what is wrong with it. */
export type ParsedAnswer<Schema extends v.GenericSchema> =
  | { readonly success: true; readonly output: v.InferOutput<Schema> }
  | { readonly success: false; readonly problem: string }

/** Reads a JSON answer, with or without what models like to put around it: a code block, thoughts before it. */
export function parseAnswer<Schema extends v.GenericSchema>(schema: Schema, answer: string): ParsedAnswer<Schema> {
  const body = answer
    .replace(/^[\s\S]*<\/think>/u, '')
    .trim()
    .replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/u, '$1')
  if (body === '') return { success: false, problem: 'it is empty' }
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { success: false, problem: `it is not JSON: ${body.slice(0, 60)}` }
  }
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return { success: true, output: parsed.output }
  const [issue] = parsed.issues
  return { success: false, problem: `${v.getDotPath(issue) ?? 'the object'}: ${issue.message}` }
}
