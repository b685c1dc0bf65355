// Libraries compiled into the native files of npm packages, which no package list names.

export interface NativePart {
  readonly name: string
  readonly licence: string
  /** Absent where the package does not tell. */
  readonly version?: string
}

/** By package. Versions are those of the package's own build files; see the pages named. */
export const NATIVE_PARTS: Readonly<Record<string, readonly NativePart[]>> = {
  // node_modules/better-sqlite3/docs/compilation.md; the version is asked of the library itself.
  'better-sqlite3': [{ name: 'SQLite', licence: 'blessing' }],
  'onnxruntime-node': [{ name: 'ONNX Runtime', licence: 'MIT' }],
  // github.com/Brooooooklyn/canvas: skia and the codecs it is built with.
  '@napi-rs/canvas': [
    { name: 'Skia', licence: 'BSD-3-Clause' },
    { name: 'libwebp', licence: 'BSD-3-Clause' },
    { name: 'libjpeg-turbo', licence: 'IJG AND BSD-3-Clause AND Zlib' },
    { name: 'libpng', licence: 'libpng-2.0' },
    { name: 'FreeType', licence: 'FTL' },
    { name: 'HarfBuzz', licence: 'MIT-Modern-Variant' },
  ],
  // github.com/naptha/tesseract.js-core
  'tesseract.js-core': [
    { name: 'Tesseract', licence: 'Apache-2.0' },
    { name: 'Leptonica', licence: 'Leptonica' },
  ],
  // The LICENSE files beside the decoders in node_modules/pdfjs-dist/wasm.
  'pdfjs-dist': [
    { name: 'OpenJPEG', licence: 'BSD-2-Clause' },
    { name: 'PDFium JBIG2 decoder', licence: 'BSD-3-Clause' },
    { name: 'qcms', licence: 'MIT' },
    { name: 'QuickJS', licence: 'MIT' },
  ],
}
