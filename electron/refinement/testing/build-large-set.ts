// A process with little memory: fills a library with mined pairs of long texts and builds their data sets. Arguments: the library,
// the number of pairs.
import { LibraryDatabase, textHash } from '../../storage/index.ts'
import { buildInSteps, planMtt } from '../datasets/build-datasets.ts'
import { refinementTables } from './small-library.ts'

const [path, count] = process.argv.slice(2)
const library = LibraryDatabase.open(path!)
const tables = refinementTables(library.db)
const { pairs, trainingTexts, mining } = tables
const PER_TRANSACTION = 500
const LONG = 'The levee patrol reads the gauge and reports to the river desk. '.repeat(32)

function add(text: string, document: number): number {
  const place = { documentHash: `hash ${document % 100}`, title: `Plan ${document % 100}`, page: 1, pageEnd: 1 }
  return trainingTexts.add({ text, ...place, passageHash: textHash(text) })
}

const rule = { kind: 'percentage', alphas: [0.75] }
const miningId = mining.start({ filterId: null, retriever: 'test', version: '1', rule, options: {} })
for (let first = 0; first < Number(count); first += PER_TRANSACTION) {
  library.db
    .transaction(() => {
      for (let i = first; i < Math.min(Number(count), first + PER_TRANSACTION); i++) {
        const sourceId = add(`${i} ${LONG}`, i)
        const [positiveId, textId] = [add(`positive ${i} ${LONG}`, i), add(`negative ${i}`, i)]
        const made = { generator: 'cloze', model: '', promptHash: null, details: { method: 'test' } }
        pairs.add({ intent: 'QA', query: `question ${i}`, positiveId, sourceId, ...made })
        // Ids count up from 1 in a new library.
        const negative = { textId, rank: 1, score: 0.5, levels: 1, suspect: false }
        mining.add(miningId, [{ pairId: i + 1, positiveScore: 0.9, negatives: [negative] }])
      }
    })
    .immediate()
}
mining.complete(miningId, {})
const [plan] = planMtt(tables, miningId)
let longest = 0
let last = performance.now()
const ticking = setInterval(() => {
  longest = Math.max(longest, performance.now() - last)
  last = performance.now()
}, 1)
const built = await buildInSteps(tables, plan!, new AbortController().signal)
clearInterval(ticking)
process.stdout.write(JSON.stringify({ ...built, longestPauseMs: Math.round(longest) }))
library.close()
