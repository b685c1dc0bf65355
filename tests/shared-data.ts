import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The development data set that may lie beside the checkout (never part of the project).
 * @returns the absolute path of `../shared/data/<inner>`, or undefined (with a printed reason) where it is absent.
 */
export function sharedData(inner = ''): string | undefined {
  const path = fileURLToPath(new URL(`../../shared/data/${inner}`, import.meta.url))
  if (existsSync(path)) return path
  console.warn(`skipped: ../shared/data/${inner} is not beside this checkout`)
  return undefined
}
