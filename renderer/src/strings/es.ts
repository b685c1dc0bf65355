import type { Strings } from './catalogue.ts'
import { charts } from './es/charts.ts'
import { common } from './es/common.ts'
import { evaluation } from './es/evaluation.ts'
import { file, nearCopies } from './es/file.ts'
import { firstRun } from './es/first-run.ts'
import { format } from './es/format.ts'
import { frame } from './es/frame.ts'
import { jobs } from './es/jobs.ts'
import { indexing, library } from './es/library.ts'
import { models } from './es/models.ts'
import { keyboard, palette } from './es/palette.ts'
import { refinement } from './es/refinement.ts'
import { review } from './es/review.ts'
import { briefing, search } from './es/search.ts'
import { settings } from './es/settings.ts'
import { training } from './es/training.ts'
import { trainingSheet } from './es/training-sheet.ts'
import { upkeep } from './es/upkeep.ts'
import { viewer } from './es/viewer.ts'

/** Spanish. A whole section that is not here is shown in English, so that a new view can land before its translation. */
export const es: Pick<Strings, 'locale'> & Partial<Strings> = {
  locale: 'es',
  briefing,
  charts,
  common,
  evaluation,
  file,
  firstRun,
  format,
  frame,
  indexing,
  jobs,
  keyboard,
  library,
  models,
  nearCopies,
  palette,
  refinement,
  review,
  search,
  settings,
  training,
  trainingSheet,
  upkeep,
  viewer,
}
