import type { ModelImport } from '../contracts/models.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import { ModelDesk } from './model-desk.ts'
import { readModelPapers } from './model-papers.ts'
import { ChangeSignal, snapshots } from './snapshots.ts'

/** Installed models and their indexes in this library: the Models view and `dmr models`. */
export function modelsService(library: Library) {
  const { models } = library
  const desk = new ModelDesk(library)
  const imports = new Map<string, ModelImport>()
  const importing = new ChangeSignal()

  return {
    list: os.models.list.handler(async () => {
      await library.registerBuiltIn()
      return desk.cards()
    }),
    get: os.models.get.handler(({ input }) => desk.card(input.id)),
    papers: os.models.papers.handler(({ input }) => readModelPapers(models.registry.require(input.id))),
    import: os.models.import.handler(async ({ input: { path, ...options }, signal }) => {
      const onProgress = (done: number, total: number): void => {
        imports.set(path, { path, done, total })
        importing.emit()
      }
      try {
        const model = await models.registry.import(path, { ...options, signal, onProgress })
        return desk.card(model.id)
      } finally {
        imports.delete(path)
        importing.emit()
      }
    }),
    imports: os.models.imports.handler(({ signal }) =>
      snapshots(
        () => [...imports.values()],
        (listener) => importing.onChange(listener),
        { intervalMs: 200, signal },
      ),
    ),
    use: os.models.use.handler(({ input }) => {
      const jobId = desk.use(input.id) ?? null
      return { jobId, model: desk.card(input.id) }
    }),
    useNone: os.models.useNone.handler(() => {
      library.requireWritable()
      models.switchTo(undefined)
      library.changes.emit()
      return {}
    }),
    build: os.models.build.handler(({ input }) => ({
      jobId: library.embed(desk.requireEmbedder(input.id).id, { activate: false }),
    })),
    rollBack: os.models.rollBack.handler(() => desk.rollBack()),
    remove: os.models.remove.handler(async ({ input }) => {
      await desk.remove(input.id, input.evenIfInUse)
      return {}
    }),
    dropIndex: os.models.dropIndex.handler(({ input }) => {
      desk.dropIndexes(input.id)
      return {}
    }),
    bench: os.models.bench.handler(({ input, signal }) => desk.bench(input.id, signal)),
  }
}
