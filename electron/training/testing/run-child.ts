// A training process to be killed: `node run-child.ts FOLDER DATA CHANGES DEVICE`, one JSON event a line on standard output.
// CHANGES is JSON of what the recipe has other than `tinyRecipe`. See `spawnRun`.
import { writeSync } from 'node:fs'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import type { TrainingDevice } from '../../contracts/training.ts'
import { RunControl } from '../run/run-control.ts'
import { runTraining } from '../run/training-run.ts'
import type { Recipe } from '../recipe.ts'
import { ndcg10, tinyRecipe } from './tiny-run.ts'

const [folder, data, changes, device] = process.argv.slice(2) as [string, string, string, TrainingDevice]
await runTraining({
  recipe: tinyRecipe('bert', JSON.parse(changes) as Partial<Recipe>),
  folder,
  data,
  device,
  measure: ndcg10,
  kernels: new TypescriptKernels(),
  control: new RunControl(),
  emit: (event) => writeSync(1, `${JSON.stringify(event)}\n`),
})
