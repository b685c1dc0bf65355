import { charts } from './en/charts.ts'
import { common } from './en/common.ts'
import { evaluation } from './en/evaluation.ts'
import { file, nearCopies } from './en/file.ts'
import { firstRun } from './en/first-run.ts'
import { format } from './en/format.ts'
import { frame } from './en/frame.ts'
import { jobs } from './en/jobs.ts'
import { indexing, library } from './en/library.ts'
import { models } from './en/models.ts'
import { keyboard, palette } from './en/palette.ts'
import { refinement } from './en/refinement.ts'
import { review } from './en/review.ts'
import { briefing, search } from './en/search.ts'
import { settings } from './en/settings.ts'
import { training } from './en/training.ts'
import { trainingSheet } from './en/training-sheet.ts'
import { upkeep } from './en/upkeep.ts'
import { viewer } from './en/viewer.ts'

/** English. One file per view under en/, so that two people can write two views. */
export const en = {
  locale: 'en-US',
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
} as const
