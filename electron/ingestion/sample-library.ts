import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'

/** The folder of PDFs that ships with the application. @throws WorkbenchError NOT_AVAILABLE when the installation lacks it. */
export function sampleLibraryFolder(resources: string): string {
  const folder = join(resources, 'sample-library', 'pdfs')
  if (existsSync(folder)) return folder
  throw new WorkbenchError(
    'NOT_AVAILABLE',
    said`The sample library is missing from this installation (${folder}). Install the application again.`,
  )
}

/** How large the sample library is, as its generator wrote it down. */
export function sampleLibraryFacts(resources: string): { documents: number; pages: number } | undefined {
  const facts = join(resources, 'sample-library', 'facts.json')
  return existsSync(facts)
    ? (JSON.parse(readFileSync(facts, 'utf8')) as { documents: number; pages: number })
    : undefined
}
