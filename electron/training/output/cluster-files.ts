// Files of a cluster export that hardly depend on the recipe.
import type { Recipe } from '../recipe.ts'

/** Stage 1 saves adapters; the next stage wants a whole model. */
export const MERGE_ADAPTER = `"""Merges the adapters of stage 1 into the backbone: merge-adapter.py BACKBONE ADAPTER_FOLDER OUTPUT"""
import sys

import torch
from DMRetriever.bidirectional_qwen3 import Qwen3BiModel
from peft import PeftModel
from transformers import AutoTokenizer

backbone, adapter, output = sys.argv[1:]
model = Qwen3BiModel.from_pretrained(backbone, torch_dtype=torch.bfloat16)
PeftModel.from_pretrained(model, adapter).merge_and_unload().save_pretrained(output)
AutoTokenizer.from_pretrained(adapter).save_pretrained(output)
`

export const DEEPSPEED = {
  bf16: { enabled: true },
  zero_optimization: { stage: 2, overlap_comm: true, contiguous_gradients: true },
  gradient_accumulation_steps: 'auto',
  gradient_clipping: 'auto',
  train_batch_size: 'auto',
  train_micro_batch_size_per_gpu: 'auto',
}

/** A job that runs the scripts in order. */
export function slurmScript({ name }: Recipe, scripts: readonly string[]): string {
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

/** @param last folder of the finished model */
export function readme({ name, description }: Recipe, model: string, scripts: readonly string[], last: string): string {
  return `# ${name} on a cluster

${description}

Backbone: ${model}. Data, settings and order are those of the recipe; the scripts call the public DMRetriever training code
(github.com/KaiYin97/DMRETRIEVER), which has to be installed there with torch, peft and DeepSpeed.

1. Copy this folder to the cluster and go into it. Put the code on the path: \`export PYTHONPATH=/path/to/DMRETRIEVER\`.
2. One node: run ${scripts.map((script) => `\`./${script}\``).join(', ')} in this order. Slurm: \`sbatch run.slurm\`.
3. Copy \`${last}\` back and import it: \`dmr models import ${last}\`.

Differences to training here: the code leaves out the last, smaller batch of each data set, and has no early stop or gate; compare the
stages with \`dmr evaluate\` and go on with the best.
`
}
