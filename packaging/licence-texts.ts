// The licence texts of what an installation holds.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LockedPackage } from './production-packages.ts'

/** Names of files that hold terms, at the top of a package or in its data folders (pdf.js keeps fonts and decoders there). */
const TERMS = /^(licen[cs]e|copying|notice|third[-_ ]?party|unlicense)/iu
const DATA_FOLDERS = ['cmaps', 'standard_fonts', 'wasm', 'iccs', 'LICENSES']
const LARGEST_TEXT = 2 << 20

/** Packages that say "MIT" and carry no text of their own, with the holder their repository names. */
const MIT_HOLDERS: Readonly<Record<string, string>> = {
  'onnxruntime-common': 'Microsoft Corporation',
  'onnxruntime-node': 'Microsoft Corporation',
  'sqlite-vec': 'Alex Garcia',
  '@tesseract.js-data/eng':
    'the Tesseract.js authors; the trained data are of Google Inc. under the Apache License 2.0',
  '@napi-rs/canvas': 'lynweklm@gmail.com',
  tr46: 'Sebastian Mayr',
}

const MIT = (holder: string): string => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

/**
 * All terms that a package carries, one after the other, each under the name of its file where there are several.
 * @throws Error for a package without terms that this file does not know the holder of: nobody may ship what nobody looked at.
 */
export function licenceText(
  root: string,
  { path, name, licence }: Pick<LockedPackage, 'path' | 'name' | 'licence'>,
): string {
  const folder = join(root, path)
  const files = ['.', ...DATA_FOLDERS].flatMap((inner) => termsIn(join(folder, inner)))
  if (files.length === 1) return readFileSync(files[0]!, 'utf8')
  if (files.length > 1)
    return files.map((file) => `--- ${file.slice(folder.length + 1)} ---\n\n${readFileSync(file, 'utf8')}`).join('\n\n')
  const project = Object.keys(MIT_HOLDERS).find((known) => name === known || name.startsWith(`${known}-`))
  if (project !== undefined && licence?.startsWith('MIT')) return MIT(MIT_HOLDERS[project]!)
  throw new Error(
    `${name} (${licence ?? 'no licence named'}) carries no licence text. Look at its repository and add its holder to packaging/licence-texts.ts.`,
  )
}

function termsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => TERMS.test(name) && !/\.(js|ts|json)$/u.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && statSync(file).size <= LARGEST_TEXT)
}
