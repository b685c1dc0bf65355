import {
  describePackage,
  exportDecisions,
  exportPackage,
  importPackage,
  listDisagreements,
  mergeDecisions,
} from '../curation/index.ts'
import { PROMPT_STYLES, type Judge } from '../contracts/curation.ts'
import { os } from './base.ts'
import type { Curation } from './curation/curation.ts'
import type { Library } from './library.ts'
import type { Refinement } from './refinement/refinement.ts'
import { snapshots } from './snapshots.ts'

const COLORS = 6
const REVISIONS_EVERY_MS = 200

/** Vetting pairs: the Review view. */
export function curationService(library: Library, refinement: Refinement, curation: Curation) {
  const { judges, log, queueTable, queue, items, judging, packages, disagreements } = curation

  function saveJudge(input: {
    id?: number | undefined
    name: string
    initials?: string | undefined
    color?: number | undefined
  }): Judge {
    if (input.id !== undefined) {
      const known = judging.requirePerson(input.id)
      const { name, initials = known.initials, color = known.color } = input
      judges.update({ id: known.id, name, initials, color })
      return { ...known, name, initials, color }
    }
    const { name, initials = initialsOf(name), color = 1 + (judges.idsOf('person').length % COLORS) } = input
    return judges.add({ name, initials, color, kind: 'person' })
  }

  return {
    overview: os.curation.overview.handler(({ input: { judgeId } }) => {
      const pairs = refinement.pairs.count()
      const frame = queueTable.frame(judgeId ?? 0)
      return {
        pairs,
        waiting: judgeId === undefined ? pairs : queueTable.count({ state: 'undecided' }, frame),
        suspects: queueTable.suspectCount(frame.miningId),
        disagreements: disagreements.count({ settled: false }),
        packages: packages.count(),
        revision: log.revision(),
      }
    }),
    watch: os.curation.watch.handler(({ signal }) =>
      snapshots(
        () => ({ revision: log.revision() }),
        (listener) => curation.changes.onChange(listener),
        { intervalMs: REVISIONS_EVERY_MS, signal },
      ),
    ),
    facets: os.curation.facets.handler(() => ({
      generators: queueTable.generators(),
      datasets: refinement.datasets.all().map(({ name }) => name),
      hazards: queueTable.hazards(),
      difficulties: queueTable.difficulties(),
    })),

    judges: os.curation.judges.handler(() => judges.all()),
    saveJudge: os.curation.saveJudge.handler(({ input }) => {
      library.requireWritable()
      return saveJudge(input)
    }),

    queue: os.curation.queue.handler(({ input }) => queue.rows(input)),
    next: os.curation.next.handler(({ input }) => queue.next(input)),
    item: os.curation.item.handler(({ input: { judgeId, pairId, blind } }) =>
      items.item(pairId, queueTable.frame(judgeId), { blind }),
    ),
    progress: os.curation.progress.handler(({ input }) => queue.progress(input.judgeId, input.filter)),

    decide: os.curation.decide.handler(({ input: { judgeId, pairId, textId, change, ...options } }) => {
      library.requireWritable()
      return judging.decide(judgeId, { pairId, textId }, change, options)
    }),
    bulkPreview: os.curation.bulkPreview.handler(({ input: { judgeId, filter, on, sample } }) => {
      const { pairIds, ...counts } = judging.bulkPreview(judgeId, filter, on)
      const frame = queueTable.frame(judgeId)
      return {
        ...counts,
        sample: pairIds
          .slice(0, sample)
          .map((pairId) => items.row(pairId, frame, { showsSuspects: on === 'suspects' })),
      }
    }),
    bulk: os.curation.bulk.handler(({ input: { judgeId, ...bulk } }) => {
      library.requireWritable()
      return { entry: judging.bulk(judgeId, bulk) }
    }),
    undo: os.curation.undo.handler(({ input }) => {
      library.requireWritable()
      return judging.undo(input.judgeId)
    }),
    redo: os.curation.redo.handler(({ input }) => {
      library.requireWritable()
      return judging.redo(input.judgeId)
    }),
    history: os.curation.history.handler(({ input }) => judging.history(input.judgeId, input.limit)),

    disagreements: os.curation.disagreements.handler(({ input: { intents, settled, ...slice } }) =>
      listDisagreements(
        { disagreements, judges, log, pairs: refinement.pairs, texts: refinement.trainingTexts },
        { intents, settled },
        slice,
      ),
    ),
    adjudicate: os.curation.adjudicate.handler(({ input: { judgeId, pairId, textId, choice } }) => {
      library.requireWritable()
      return judging.adjudicate(judgeId, { pairId, textId }, choice)
    }),

    agreement: os.curation.agreement.handler(({ input }) => curation.agreement(input)),

    packages: os.curation.packages.handler(() => packages.all().map(describePackage)),
    exportPackage: os.curation.exportPackage.handler(({ input: { path, ...options } }) => {
      library.requireWritable()
      return { path, package: exportPackage(curation.packing, path, options) }
    }),
    importPackage: os.curation.importPackage.handler(({ input: { path } }) => {
      library.requireWritable()
      const taken = importPackage(curation.packing, path)
      curation.changes.emit()
      return taken
    }),
    exportDecisions: os.curation.exportDecisions.handler(({ input: { path, ...options } }) => {
      library.requireWritable()
      return { path, ...exportDecisions(curation.packing, path, options) }
    }),
    mergeDecisions: os.curation.mergeDecisions.handler(({ input: { path, ...options } }) => {
      library.requireWritable()
      judging.requirePerson(options.judgeId)
      return mergeDecisions(curation.packing, path, options)
    }),

    rater: os.curation.rater.handler(() => ({ ...curation.rater(), styles: [...PROMPT_STYLES] })),
    rate: os.curation.rate.handler(({ input }) => {
      library.requireWritable()
      curation.requireLanguageModel()
      return { jobId: library.queue.enqueue('rate', input).id }
    }),

    buildDatasets: os.curation.buildDatasets.handler(({ input: { policy, prefix } }) => {
      library.requireWritable()
      return curation.buildDatasets(policy, prefix).map(({ name, items, positives, negatives, review }) => ({
        ...{ name, items, positives, negatives, review },
      }))
    }),
  }
}

/** "Ada Lovelace" -> "AL", "Ben" -> "BE". */
function initialsOf(name: string): string {
  const words = name.split(/\s+/u)
  const letters = words.length > 1 ? words.slice(0, 3).map((word) => [...word][0]!) : [...name].slice(0, 2)
  return letters.join('').toLocaleUpperCase()
}
