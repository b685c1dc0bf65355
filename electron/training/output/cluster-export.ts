// A backbone of billions of parameters outgrows one machine: data, launch scripts and a Slurm job for the public training code.
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DMRETRIEVER_INSTRUCTIONS } from '../../contracts/prompts.ts'
import { decoderLora } from '../../ml/lora/index.ts'
import { dataError, type DataSet, type Example, readDataSets, readTexts } from '../data/examples.ts'
import { type AdaptationStage, type Recipe, recipeError, type RecipeStage } from '../recipe.ts'
import { dataPath, negativesBelow, type PlannedStage, plannedStages } from '../run/stage-plan.ts'
import { DEEPSPEED, MERGE_ADAPTER, readme, slurmScript } from './cluster-files.ts'

export interface ClusterExport {
  readonly recipe: Recipe
  readonly data: string
  /** Name or path of the backbone on the cluster. */
  readonly model: string
  readonly folder: string
}

/** Which of the two programs of the public code trains a backbone. */
type Backbone = 'encoder' | 'decoder'
/** All texts of a stage 1 in one file. */
const TEXTS = 'texts.txt'

type Arguments = readonly (readonly [name: string, value: string | number])[]

/**
 * Writes `data/` in the official JSONL format, one launch script a stage, a DeepSpeed configuration, `run.slurm` and a README. The
 * folder that the last stage writes is imported back with `dmr models import`.
 *
 * [Note: public training code] Module and argument names are those of github.com/KaiYin97/DMRETRIEVER (Apache-2.0): `run_mlm` for stage
 * 1, `DMRetriever.decoder` and `DMRetriever.encoder` for stages 2 and 3. It puts the instruction of a line's `prompt` before every
 * query, and divides by the number of a line's negatives; so every line gets both.
 *
 * @returns the number of examples written
 * @throws TrainingError `TRAINING_DATA` for an example without negatives where the stage wants some
 */
export async function exportForCluster({ recipe, data, model, folder }: ClusterExport): Promise<number> {
  const stages = plannedStages(recipe)
  if (stages.length === 0) throw recipeError(`recipe ${recipe.name} has no stage. Correct the recipe.`)
  await mkdir(join(folder, 'data'), { recursive: true })
  const backbone = backboneOf(recipe, model)
  let examples = 0
  let from = model
  const scripts: string[] = []
  for (const [index, stage] of stages.entries()) {
    const name = `${index + 1}-${stage.name}`
    examples += await writeData(data, stage, join(folder, 'data', name))
    const script = `stage-${name}.sh`
    await writeFile(join(folder, script), launchScript(recipe, stage, { name, from, backbone }), { mode: 0o755 })
    scripts.push(script)
    from = outputOf(stage, name, backbone)
  }
  if (stages.some(({ settings }) => settings.kind === 'adaptation'))
    await writeFile(join(folder, 'merge-adapter.py'), MERGE_ADAPTER)
  await writeFile(join(folder, 'deepspeed.json'), `${JSON.stringify(DEEPSPEED, null, 2)}\n`)
  await writeFile(join(folder, 'run.slurm'), slurmScript(recipe, scripts), { mode: 0o755 })
  await writeFile(join(folder, 'README.md'), readme(recipe, model, scripts, from))
  return examples
}

/** Stage 1 and adapters are for decoders; without either the backbone's name decides. */
function backboneOf({ stages }: Recipe, model: string): Backbone {
  const isDecoder = stages.some(({ kind, tuning }) => kind === 'adaptation' || typeof tuning !== 'string')
  return isDecoder || /qwen|llama|mistral|gemma/i.test(model) ? 'decoder' : 'encoder'
}

/** @returns the number of examples, or of texts in stage 1 */
async function writeData(
  data: string,
  { settings, data: inner, alpha }: PlannedStage,
  folder: string,
): Promise<number> {
  await mkdir(folder, { recursive: true })
  if (settings.kind === 'adaptation') {
    const sets = settings.texts === undefined ? await readDataSets(data) : []
    const positives = sets.flatMap(({ examples }) => examples.flatMap((example) => example.positives))
    const texts = settings.texts === undefined ? [...new Set(positives)] : await readTexts(join(data, settings.texts))
    await writeFile(join(folder, TEXTS), texts.map((text) => `${text.replace(/\s+/gu, ' ')}\n`).join(''))
    return texts.length
  }
  let count = 0
  for (const set of await readDataSets(await dataPath(data, inner))) {
    const examples = set.examples.flatMap((example) => (alpha === undefined ? [example] : atLevel(example, alpha)))
    await writeFile(join(folder, basename(set.file)), linesOf({ ...set, examples }, settings.negatives > 0))
    count += examples.length
  }
  return count
}

function atLevel(example: Example, alpha: number): readonly Example[] {
  const { scores, negatives } = example
  if (!scores) return [example]
  const kept = negativesBelow(scores, alpha)
  if (kept.length === 0) return []
  const pick = <T>(values: readonly T[]) => kept.map((index) => values[index]!)
  return [{ ...example, negatives: pick(negatives), scores: { ...scores, negatives: pick(scores.negatives) } }]
}

function linesOf({ file, examples }: DataSet, needsNegatives: boolean): string {
  const lines = examples.map(({ query, positives, negatives, prompt, intent, scores }, index) => {
    if (needsNegatives && negatives.length === 0)
      throw dataError(
        file,
        undefined,
        `example ${index + 1} ("${query.slice(0, 60)}") has no negatives. Mine some first`,
      )
    const line = { query, pos: positives, neg: negatives, prompt: prompt ?? DMRETRIEVER_INSTRUCTIONS[intent] }
    return JSON.stringify(scores ? { ...line, pos_scores: scores.positives, neg_scores: scores.negatives } : line)
  })
  return `${lines.join('\n')}\n`
}

interface StagePlace {
  readonly name: string
  readonly from: string
  readonly backbone: Backbone
}

function launchScript(recipe: Recipe, { settings }: PlannedStage, { name, from, backbone }: StagePlace): string {
  const isAdaptation = settings.kind === 'adaptation'
  // In-batch negatives are those of one forward pass: accumulating would leave a query fewer of them.
  const accumulates = settings.kind !== 'contrastive'
  const all: Arguments = [
    ['model_name_or_path', from],
    ['output_dir', `output/${name}`],
    ...optimizerArguments(recipe, settings),
    ...(isAdaptation
      ? adaptationArguments(recipe, settings, name)
      : retrievalArguments(recipe, settings, name, backbone)),
  ]
  const args = all.map(([key, value]) => `  --${key} ${value}`).join(' \\\n')
  const module = isAdaptation ? 'DMRetriever.BiAttn_Ada.run_mlm' : `DMRetriever.${backbone}`
  return `#!/bin/sh
# Needs the public DMRetriever code on PYTHONPATH; GPUS and NODES as you have them${accumulates ? ', ACCUMULATION as memory demands' : ''}.
set -eu
ACCUMULATION=${accumulates ? '"${ACCUMULATION:-8}"' : '1'}
PER_DEVICE=$(( ${settings.batch} / (\${GPUS:-4} * \${NODES:-1} * ACCUMULATION) ))
[ "$PER_DEVICE" -ge 1 ] || PER_DEVICE=1
torchrun --nproc_per_node "\${GPUS:-4}" --nnodes "\${NODES:-1}" \${RENDEZVOUS:-} -m ${module} \\
  --per_device_train_batch_size "$PER_DEVICE" --gradient_accumulation_steps "$ACCUMULATION" \\
${args}
${isAdaptation ? `python3 merge-adapter.py ${from} output/${name} ${outputOf({ settings }, name, backbone)}\n` : ''}`
}

/** Arguments of Hugging Face's Trainer. */
function optimizerArguments({ seed }: Recipe, settings: RecipeStage): Arguments {
  const { learningRate, epochs, maxSteps, weightDecay, warmup, decay, maxNorm } = settings
  return [
    ['do_train', 'True'],
    ['overwrite_output_dir', 'True'],
    ['learning_rate', learningRate],
    ['num_train_epochs', epochs],
    ...(maxSteps === undefined ? [] : [['max_steps', maxSteps] as const]),
    ['weight_decay', weightDecay],
    ['warmup_ratio', warmup],
    ['lr_scheduler_type', decay === 'constant' ? 'constant_with_warmup' : decay],
    ['max_grad_norm', maxNorm],
    ['seed', seed],
    ['bf16', 'True'],
    ['gradient_checkpointing', 'True'],
    ['deepspeed', 'deepspeed.json'],
    ['dataloader_drop_last', 'True'],
    ['save_strategy', 'epoch'],
    ['logging_steps', 10],
    ['report_to', 'none'],
  ]
}

function retrievalArguments(
  { maxTokens }: Recipe,
  settings: Exclude<RecipeStage, { kind: 'adaptation' }>,
  name: string,
  backbone: Backbone,
): Arguments {
  const { distillation, negatives, temperature, tuning } = settings
  const inBatch = settings.kind === 'contrastive'
  const { rank, alpha, dropout } = typeof tuning === 'string' ? decoderLora : tuning
  return [
    ['train_data', `data/${name}`],
    ['cache_path', 'cache/data'],
    ['train_group_size', 1 + negatives],
    ['query_max_len', maxTokens],
    ['passage_max_len', maxTokens],
    ['pad_to_multiple_of', 8],
    // Only for lines without a prompt, of which there are none; without it the code would write "None" before the query.
    ['query_instruction_for_retrieval', `'${DMRETRIEVER_INSTRUCTIONS.QA}'`],
    ['query_instruction_format', "'{}: {}'"],
    ['same_dataset_within_batch', 'True'],
    ['temperature', temperature],
    ['sentence_pooling_method', 'mean'],
    ['normalize_embeddings', 'True'],
    ['negatives_cross_device', inBatch ? 'True' : 'False'],
    ['no_in_batch_neg_flag', inBatch ? 'False' : 'True'],
    ['knowledge_distillation', distillation ? 'True' : 'False'],
    ...(distillation
      ? [
          ['kd_loss_type', distillation.kind === 'm3' ? 'm3_kd_loss' : 'kl_div'] as const,
          ['distill_loss_weight', distillation.weight] as const,
        ]
      : []),
    ...(backbone === 'encoder'
      ? []
      : ([
          ['backbone_type', 'qwen3bi'],
          ['use_lora', tuning === 'full' ? 'False' : 'True'],
          ['lora_rank', rank],
          ['lora_alpha', alpha],
          ['lora_dropout', dropout],
          ['save_merged_lora_model', tuning === 'full' ? 'False' : 'True'],
        ] as const)),
  ]
}

function adaptationArguments({ maxTokens }: Recipe, settings: AdaptationStage, name: string): Arguments {
  const { maskRate, maskToken, maxSteps, tuning } = settings
  const { rank, dropout } = typeof tuning === 'string' ? decoderLora : tuning
  if (maskToken !== '_')
    throw recipeError(
      `maskToken "${maskToken}": the public code masks with "_" only. Leave maskToken out for the cluster.`,
    )
  return [
    ['train_file', `data/${name}/${TEXTS}`],
    ['line_by_line', 'True'],
    ['max_seq_length', maxTokens],
    ['mlm_probability', maskRate],
    ['mask_token_type', 'blank'],
    ['data_collator_type', 'default'],
    // The code ends after 10,000 steps unless told otherwise. Its adapters always have an alpha of twice the rank.
    ['stop_after_n_steps', maxSteps ?? 1_000_000_000],
    ['lora_r', rank],
    ['lora_dropout', dropout],
    ['torch_dtype', 'bfloat16'],
    ['attn_implementation', 'eager'],
  ]
}

/** Where the next stage, or the import, finds a whole model. */
function outputOf({ settings }: Pick<PlannedStage, 'settings'>, name: string, backbone: Backbone): string {
  const isMerged = settings.kind === 'adaptation' || (backbone === 'decoder' && settings.tuning !== 'full')
  return isMerged ? `output/${name}/merged_model` : `output/${name}`
}
