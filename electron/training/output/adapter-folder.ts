// The adapters of a stage in the layout of Hugging Face's peft, so that Python loads them onto the model the stage began with.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors } from '../../ml/checkpoint/safetensors-writer.ts'
import { peftConfig, peftName } from '../../ml/lora/index.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'

/** Name of the folder inside a stage's model folder. */
export const ADAPTER_FOLDER = 'adapter'

/**
 * Writes `adapter/adapter_config.json` and `adapter/adapter_model.safetensors` into a model folder. Nothing is written for a model that
 * was trained whole.
 *
 * Keys are those of `PeftModel` around `AutoModel`: `base_model.model.layers.0.self_attn.q_proj.lora_A.weight`. The adapters belong to
 * the model before this stage; the folder around them has them merged already.
 */
export async function writeAdapters(model: TrainableModel, target: string): Promise<void> {
  const { tuning, layout, parameters, folder } = model
  if (tuning === 'full') return
  const path = join(target, ADAPTER_FOLDER)
  await mkdir(path, { recursive: true })
  const hub = folder.json['_name_or_path']
  const base = typeof hub === 'string' && hub !== '' ? hub : folder.name
  await writeFile(join(path, 'adapter_config.json'), `${JSON.stringify(peftConfig(tuning, base), null, 2)}\n`)
  await writeSafetensors(
    join(path, 'adapter_model.safetensors'),
    layout.slots.map(({ name, shape }) => ({
      name: peftName(name),
      dtype: 'F32',
      shape,
      data: layout.view(parameters, name),
    })),
  )
}
