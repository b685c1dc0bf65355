export { type LoraAdapter, type LoraOptions, LoraParameters, type NoiseInput } from './adapters.ts'
export { decoderLora, type LoraConfig, loraScale } from './config.ts'
export { dropout, type DropoutNoise, dropoutNumbers } from './dropout.ts'
export {
  adaptedLayers,
  type AdaptedWeight,
  initialAdapterWeight,
  mergeAdapter,
  parsePeftConfig,
  parsePeftName,
  peftConfig,
  peftName,
} from './weights.ts'
