import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const MIB = 2 ** 20

/** Largest sizes in MiB, beside Electron's own files: what a change may add before somebody has to say why. */
export const SIZE_BUDGET: Readonly<Record<string, { readonly archive: number; readonly unpacked: number }>> = {
  linux: { archive: 40, unpacked: 130 },
  // DirectML is with ONNX Runtime there.
  win32: { archive: 40, unpacked: 150 },
  darwin: { archive: 40, unpacked: 150 },
}

/** Sizes of a packaged application in MiB. @param resources Electron's resources folder */
export function measurePackage(resources: string): { archive: number; unpacked: number } {
  const unpacked = join(resources, 'app.asar.unpacked')
  const bytes = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
  return { archive: statSync(join(resources, 'app.asar')).size / MIB, unpacked: bytes / MIB }
}

/** @throws Error naming the part that is too large. */
export function keepSizeBudget(resources: string, platform: string): void {
  const budget = SIZE_BUDGET[platform]
  if (!budget) throw new Error(`packaging/size-budget.ts has no sizes for ${platform}.`)
  for (const [part, size] of Object.entries(measurePackage(resources))) {
    const most = budget[part as keyof typeof budget]
    if (size > most)
      throw new Error(
        `The ${part} part of the ${platform} package has ${size.toFixed(1)} MiB, allowed are ${most}. Leave out what nothing loads (electron-builder.yml), or raise packaging/size-budget.ts and say why.`,
      )
  }
}
