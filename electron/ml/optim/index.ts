export { addGradient, addRows } from './accumulate.ts'
export {
  AdamW,
  type AdamWBuffers,
  adamWDefaults,
  type AdamWSettings,
  type AdamWStep,
  clipFactor,
  type OptimizerKernel,
  plainKernel,
  type StepOptions,
  type StepReport,
} from './adamw.ts'
export { type AdamWScalars, adamWScalars, adamWScalarValues, type AdamWTensors, adamWUpdate } from './adamw-graph.ts'
export { MemoryMoments, type Moment, MOMENTS, type Moments } from './moments.ts'
export { ParameterInputs } from './parameter-inputs.ts'
export { decaysByShape, ParameterLayout, type ParameterSlot } from './parameter-layout.ts'
export { decayShapes, learningRateAt, type LearningRateSchedule, warmupSteps } from './schedule.ts'
