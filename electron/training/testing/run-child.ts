// A training process to be killed: `node run-child.ts FOLDER DATA PLAN`, one JSON event a line on standard output.
import { writeSync } from 'node:fs'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import { RunControl } from '../run/run-control.ts'
import { runTraining } from '../run/training-run.ts'
import type { Recipe } from '../recipe.ts'
import { ndcg10, tinyRecipe } from './tiny-run.ts'

const [folder, data, plan] = process.argv.slice(2) as [string, string, Recipe['plan']]
await runTraining({
  recipe: tinyRecipe('bert', { plan }),
  folder,
  data,
  measure: ndcg10,
  kernels: new TypescriptKernels(),
  control: new RunControl(),
  emit: (event) => writeSync(1, `${JSON.stringify(event)}\n`),
})
