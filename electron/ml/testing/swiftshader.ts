import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The software Vulkan driver that comes with Debian's chromium. */
const LIBRARY = '/usr/lib/chromium/libvk_swiftshader.so'

/**
 * Makes WebGPU work without a graphics card, for tests: Vulkan finds drivers through `VK_ICD_FILENAMES`.
 * Call it before the first WebGPU session of the process.
 *
 * @returns false, with a printed reason, where the driver is not installed
 */
export function useSwiftShader(): boolean {
  if (!existsSync(LIBRARY)) {
    console.warn(`skipped: ${LIBRARY} is not installed (Debian package chromium)`)
    return false
  }
  if (!hasVulkanLoader()) {
    console.warn('skipped: libvulkan.so.1 is not installed (Debian package libvulkan1)')
    return false
  }
  const manifest = join(mkdtempSync(join(tmpdir(), 'swiftshader-')), 'icd.json')
  writeFileSync(
    manifest,
    JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: LIBRARY, api_version: '1.3.0' } }),
  )
  process.env['VK_ICD_FILENAMES'] = manifest
  return true
}

/** Debian keeps it in a folder named after the machine: /usr/lib/x86_64-linux-gnu. */
function hasVulkanLoader(): boolean {
  return readdirSync('/usr/lib').some((name) => existsSync(join('/usr/lib', name, 'libvulkan.so.1')))
}
