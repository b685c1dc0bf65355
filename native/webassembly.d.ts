/** The part of the WebAssembly API in use. TypeScript has it only in its DOM and WebWorker libraries, which Node code does not load. */
declare namespace WebAssembly {
  class Module {
    private readonly brand
    static exports(module: Module): { readonly name: string; readonly kind: string }[]
  }
  class Memory {
    constructor(limits: { readonly initial: number; readonly maximum?: number })
    readonly buffer: ArrayBuffer
    /** @returns the size before, in pages of 64 KiB. */
    grow(pages: number): number
  }
  class Global {
    readonly value: unknown
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>)
    readonly exports: Readonly<Record<string, unknown>>
  }
  function compile(bytes: Uint8Array): Promise<Module>
}
