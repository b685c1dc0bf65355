// What the workers use of the model runtime.
export { Encoder, type EncodeOptions } from './encoder.ts'
export { RerankEncoder, type Pair, type RerankOptions, type ScoreOptions } from './rerank-encoder.ts'
export { inspectModel, type EncoderInfo, type Int8Report, type ModelInfo } from './model-info.ts'
export type { EncoderOptions } from './open-runner.ts'
export type { DeviceReport } from './choose-device.ts'
export { PRECISIONS, type Precision } from './build-model.ts'
export { DEVICES, installedDevices, type Device } from './ort-session.ts'
export { MODEL_ERROR, ModelError, type ModelErrorCode } from '../models/model-error.ts'
