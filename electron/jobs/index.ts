export { type JobContext, type JobHandler } from './job-handler.ts'
export { JobQueue } from './job-queue.ts'
export { type ProgressUpdate, type StageUpdate } from './progress-keeper.ts'
