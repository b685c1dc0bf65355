// A backbone of billions of parameters outgrows one machine: data, launch scripts and a Slurm job for the public training code.
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readDataSets, type DataSet } from '../data/examples.ts'
import { type Recipe, recipeError, type RecipeStage } from '../recipe.ts'
import { dataPath, plannedStages, type PlannedStage } from '../run/stage-plan.ts'

export interface ClusterExport {
  readonly recipe: Recipe
  readonly data: string
  /** Name or path of the backbone on the cluster. */
  readonly model: string
  readonly folder: string
}

/**
 * Writes `data/` in the official JSONL format, one launch script a stage, a DeepSpeed configuration, `run.slurm` and a README. The
 * folder that the last stage writes is imported back with `dmr models import`.
 *
 * @returns the number of examples written
 */
export async function exportForCluster({ recipe, data, model, folder }: ClusterExport): Promise<number> {
  const stages = plannedStages(recipe)
  if (stages.length === 0) throw recipeError(`recipe ${recipe.name} has no stage. Correct the recipe.`)
  await mkdir(join(folder, 'data'), { recursive: true })
  let examples = 0
  let from = model
  const scripts: string[] = []
  for (const [index, stage] of stages.entries()) {
    const name = `${index + 1}-${stage.name}`
    const sets = await readDataSets(await dataPath(data, stage.data))
    const stageFolder = join(folder, 'data', name)
    await mkdir(stageFolder, { recursive: true })
    for (const set of sets) examples += await writeSet(stage, set, stageFolder)
    const script = `stage-${name}.sh`
    await writeFile(join(folder, script), launchScript(recipe, stage, name, from), { mode: 0o755 })
    scripts.push(script)
    from = `output/${name}`
  }
  await writeFile(join(folder, 'deepspeed.json'), `${JSON.stringify(DEEPSPEED, null, 2)}\n`)
  await writeFile(join(folder, 'run.slurm'), slurmScript(recipe, scripts), { mode: 0o755 })
  await writeFile(join(folder, 'README.md'), readme(recipe, model, scripts, from))
  return examples
}

async function writeSet(stage: PlannedStage, { name, examples }: DataSet, folder: string): Promise<number> {
  const isText = stage.settings.kind === 'adaptation'
  const lines = examples.flatMap(({ query, positives, negatives, prompt, scores }) =>
    isText
      ? positives.map((text) => text.replaceAll('\n', ' '))
      : [
          JSON.stringify({
            query,
            pos: positives,
            neg: negatives,
            ...(prompt === undefined ? {} : { prompt }),
            ...(scores ? { pos_scores: scores.positives, neg_scores: scores.negatives } : {}),
          }),
        ],
  )
  await writeFile(join(folder, `${basename(name)}.${isText ? 'txt' : 'jsonl'}`), `${lines.join('\n')}\n`)
  return examples.length
}

/** Arguments of the public code (Apache-2.0), which follow FlagEmbedding's. */
function launchScript({ maxTokens, seed }: Recipe, { settings }: PlannedStage, name: string, model: string): string {
  const common: readonly (readonly [string, string | number])[] = [
    ['model_name_or_path', model],
    ['output_dir', `output/${name}`],
    ['learning_rate', settings.learningRate],
    ['num_train_epochs', settings.epochs],
    ['weight_decay', settings.weightDecay],
    ['warmup_ratio', settings.warmup],
    ['lr_scheduler_type', settings.decay],
    ['max_grad_norm', settings.maxNorm],
    ['seed', seed],
    ['bf16', 'True'],
    ['gradient_checkpointing', 'True'],
    ['deepspeed', 'deepspeed.json'],
    ['save_strategy', 'epoch'],
    ['logging_steps', 10],
    ...adapterArguments(settings),
  ]
  const own =
    settings.kind === 'adaptation'
      ? adaptationArguments(settings, name, maxTokens)
      : retrievalArguments(settings, name, maxTokens)
  const args = [...common, ...own].map(([key, value]) => `  --${key} ${value}`).join(' \\\n')
  const script = settings.kind === 'adaptation' ? 'DMR_ADAPT' : 'DMR_TRAIN'
  return `#!/bin/sh
# Set ${script} to the script of the public training code; GPUs and NODES as you have them.
set -eu
: "\${${script}:?the training script of the public DMRetriever code}"
PER_DEVICE=$(( ${settings.batch} / (\${GPUS:-4} * \${NODES:-1}) ))
torchrun --nproc_per_node "\${GPUS:-4}" --nnodes "\${NODES:-1}" \${RENDEZVOUS:-} "$${script}" \\
  --per_device_train_batch_size "$PER_DEVICE" \\
${args}
`
}

function retrievalArguments(
  settings: Exclude<RecipeStage, { kind: 'adaptation' }>,
  name: string,
  maxTokens: number,
): readonly (readonly [string, string | number])[] {
  const inBatch = settings.kind === 'contrastive'
  return [
    ['train_data', `data/${name}`],
    ['train_group_size', 1 + settings.negatives],
    ['query_max_len', maxTokens],
    ['passage_max_len', maxTokens],
    ['temperature', settings.temperature],
    ['sentence_pooling_method', 'mean'],
    ['normalize_embeddings', 'True'],
    ['same_dataset_within_batch', 'True'],
    ['negatives_cross_device', inBatch ? 'True' : 'False'],
    ['no_in_batch_neg_flag', inBatch ? 'False' : 'True'],
    ['knowledge_distillation', settings.distillation ? 'True' : 'False'],
    ...(settings.distillation
      ? [['kd_loss_type', settings.distillation.kind === 'm3' ? 'm3_kd_loss' : 'kl_div'] as const]
      : []),
  ]
}

function adaptationArguments(
  { maskRate, maskToken }: Extract<RecipeStage, { kind: 'adaptation' }>,
  name: string,
  maxTokens: number,
): readonly (readonly [string, string | number])[] {
  return [
    ['train_file', `data/${name}`],
    ['max_seq_length', maxTokens],
    ['mlm_probability', maskRate],
    ['mask_token_type', maskToken === '_' ? 'blank' : `'${maskToken}'`],
  ]
}

function adapterArguments({ tuning }: RecipeStage): readonly (readonly [string, string | number])[] {
  if (typeof tuning === 'string')
    return tuning === 'auto'
      ? [
          ['use_lora', 'True'],
          ['lora_rank', 16],
          ['lora_alpha', 32],
        ]
      : []
  const { rank, alpha, dropout } = tuning
  return [
    ['use_lora', 'True'],
    ['lora_rank', rank],
    ['lora_alpha', alpha],
    ['lora_dropout', dropout],
  ]
}

const DEEPSPEED = {
  bf16: { enabled: true },
  zero_optimization: { stage: 2, overlap_comm: true, contiguous_gradients: true },
  gradient_accumulation_steps: 'auto',
  gradient_clipping: 'auto',
  train_batch_size: 'auto',
  train_micro_batch_size_per_gpu: 'auto',
}

function slurmScript({ name }: Recipe, scripts: readonly string[]): string {
  return `#!/bin/sh
#SBATCH --job-name=${name}
#SBATCH --nodes=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=32
#SBATCH --time=48:00:00
#SBATCH --output=%x-%j.log
set -eu
export GPUS="\${SLURM_GPUS_ON_NODE:-4}" NODES="\${SLURM_NNODES:-1}"
MASTER=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
export RENDEZVOUS="--rdzv_backend c10d --rdzv_id $SLURM_JOB_ID --rdzv_endpoint $MASTER:29500"
${scripts.map((script) => `srun --ntasks-per-node=1 ./${script}`).join('\n')}
`
}

function readme({ name, description }: Recipe, model: string, scripts: readonly string[], last: string): string {
  return `# ${name} on a cluster

${description}

Backbone: ${model}. Data, settings and order are those of the recipe; the scripts call the public DMRetriever training code, which has to be
installed there with torch and DeepSpeed.

1. Copy this folder to the cluster. Set \`DMR_TRAIN\` (and \`DMR_ADAPT\` for stage 1) to the code's training scripts.
2. One node: run ${scripts.map((script) => `\`./${script}\``).join(', ')} in this order. Slurm: \`sbatch run.slurm\`.
3. Copy \`${last}\` back and import it: \`dmr models import ${basename(last)}\`. Merge adapters first where a stage used LoRA.

Argument names follow FlagEmbedding's; where your version of the code has others, change the scripts.
`
}
