import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { promptFor } from '../../contracts/prompts.ts'
import { INTENTS } from '../../contracts/intents.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { TrainableModel } from '../engine/trainable-model.ts'
import { tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { exportForCluster } from './cluster-export.ts'
import { EventFile, maskedCrc } from './event-file.ts'
import { writeModelFolder } from './model-folder.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-output-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('TensorBoard events', () => {
  it('checksums are those of the format', () => {
    // CRC-32C of "123456789" is 0xe3069283 (RFC 3720); masked: rotated right by 15 bits, plus 0xa282ead8.
    const crc = 0xe3069283
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
    expect(maskedCrc(new TextEncoder().encode('123456789'))).toBe(masked)
  })

  it('records can be read back, one after the other', async () => {
    const folder = join(root, 'events')
    const file = await EventFile.open(folder)
    file.add({
      kind: 'evaluation',
      stage: 1,
      step: 300,
      ndcg: 0.5,
      byIntent: { QA: 0.5 },
      best: true,
      queries: [],
      interval: undefined,
      seconds: 1,
    })
    await file.close()
    const [name] = await readdir(folder)
    const bytes = await readFile(join(folder, name!))
    const tags: string[] = []
    for (let at = 0; at < bytes.length;) {
      const length = Number(bytes.readBigUInt64LE(at))
      expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)))
      const message = bytes.subarray(at + 12, at + 12 + length)
      expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(message))
      tags.push(message.toString('latin1'))
      at += 16 + length
    }
    expect(tags).toHaveLength(3)
    expect(tags[0]).toContain('brain.Event:2')
    expect(tags[1]).toContain('stage 1/nDCG@10')
    expect([...Buffer.from(tags[1]!, 'latin1').subarray(9, 12)]).toEqual([0x10, 0xac, 0x02]) // step 300
  })
})

/** Arguments that the programs of the public code define besides those of Hugging Face's Trainer, see [Note: public training code]. */
const PUBLIC_ARGUMENTS = {
  trainer:
    'output_dir do_train overwrite_output_dir learning_rate num_train_epochs max_steps weight_decay warmup_ratio lr_scheduler_type max_grad_norm seed bf16 gradient_checkpointing deepspeed dataloader_drop_last save_strategy logging_steps report_to per_device_train_batch_size gradient_accumulation_steps',
  run_mlm:
    'model_name_or_path train_file line_by_line max_seq_length mlm_probability mask_token_type data_collator_type stop_after_n_steps lora_r lora_dropout torch_dtype attn_implementation',
  encoder:
    'model_name_or_path train_data cache_path train_group_size query_max_len passage_max_len pad_to_multiple_of query_instruction_for_retrieval query_instruction_format same_dataset_within_batch knowledge_distillation negatives_cross_device temperature sentence_pooling_method normalize_embeddings kd_loss_type distill_loss_weight no_in_batch_neg_flag',
  decoder: 'backbone_type use_lora lora_rank lora_alpha lora_dropout save_merged_lora_model',
}

describe('an export for a cluster', () => {
  const exported = async (architecture: 'bert' | 'qwen3', model: string) => {
    const data = await writeTinyData(join(root, 'data'))
    const folder = join(root, `cluster-${architecture}`)
    const examples = await exportForCluster({ recipe: tinyRecipe(architecture), data, model, folder })
    const read = (name: string) => readFile(join(folder, name), 'utf8')
    return { folder, examples, read }
  }
  const argumentsOf = (script: string) =>
    new Map([...script.matchAll(/--(\w+) (\S+)/g)].map(([, key, value]) => [key!, value!]))

  it('has the data of every stage and a script that names its settings', async () => {
    const { folder, examples, read } = await exported('qwen3', 'Qwen/Qwen3-4B')
    expect((await readdir(folder)).sort()).toEqual([
      'README.md',
      'data',
      'deepspeed.json',
      'merge-adapter.py',
      'run.slurm',
      'stage-1-adaptation.sh',
      'stage-2-contrastive.sh',
      'stage-3-instruction-0.65.sh',
    ])
    const lines = async (name: string) => (await read(name)).trim().split('\n')
    const [line] = await lines('data/2-contrastive/QA.jsonl')
    expect(Object.keys(JSON.parse(line!) as object)).toEqual([
      'query',
      'pos',
      'neg',
      'prompt',
      'pos_scores',
      'neg_scores',
    ])
    expect(await lines('data/1-adaptation/texts.txt')).toHaveLength(48)
    // A level has the negatives that training here would draw from.
    const level = (await lines('data/3-instruction-0.65/QA.jsonl')).map(
      (text) => JSON.parse(text) as { neg: string[]; neg_scores: number[] },
    )
    expect(examples).toBe(48 + 48 + level.length)
    expect(
      level.every(({ neg, neg_scores: scores }) => neg.length === scores.length && Math.max(...scores) < 0.65),
    ).toBe(true)

    const [adaptation, contrastive, instruction] = await Promise.all(
      ['stage-1-adaptation.sh', 'stage-2-contrastive.sh', 'stage-3-instruction-0.65.sh'].map(read),
    )
    expect(argumentsOf(adaptation!).get('model_name_or_path')).toBe('Qwen/Qwen3-4B')
    expect(argumentsOf(adaptation!).get('train_file')).toBe('data/1-adaptation/texts.txt')
    expect(adaptation).toContain('merge-adapter.py Qwen/Qwen3-4B output/1-adaptation output/1-adaptation/merged_model')
    expect(argumentsOf(contrastive!).get('model_name_or_path')).toBe('output/1-adaptation/merged_model')
    expect(argumentsOf(contrastive!).get('negatives_cross_device')).toBe('True')
    expect(argumentsOf(instruction!).get('no_in_batch_neg_flag')).toBe('True')
    expect(argumentsOf(instruction!).get('train_group_size')).toBe('4')
    expect(await read('run.slurm')).toMatch(/srun .*stage-1.*\n.*stage-2.*\n.*stage-3/)
  })

  it.each([
    ['qwen3', 'Qwen/Qwen3-4B', 'decoder'],
    ['bert', 'google-bert/bert-large-uncased', 'encoder'],
  ] as const)(
    'of a %s names only arguments that the public code has, and is a shell script',
    async (architecture, model, program) => {
      const { folder, read } = await exported(architecture, model)
      const of = (...programs: (keyof typeof PUBLIC_ARGUMENTS)[]) =>
        new Set(programs.flatMap((name) => PUBLIC_ARGUMENTS[name].split(' ')))
      const scripts = (await readdir(folder)).filter((name) => name.endsWith('.sh'))
      expect(scripts).toHaveLength(architecture === 'bert' ? 2 : 3)
      for (const name of scripts) {
        const script = await read(name)
        const isAdaptation = name.includes('adaptation')
        const known = isAdaptation
          ? of('trainer', 'run_mlm')
          : program === 'decoder'
            ? of('trainer', 'encoder', 'decoder')
            : of('trainer', 'encoder')
        const own = script.slice(script.indexOf(' -m '))
        expect([...argumentsOf(own).keys()].filter((key) => !known.has(key))).toEqual([])
        expect(own).toMatch(
          isAdaptation ? /^ -m DMRetriever\.BiAttn_Ada\.run_mlm / : new RegExp(`^ -m DMRetriever\\.${program} `),
        )
        expect(spawnSync('sh', ['-n', join(folder, name)], { encoding: 'utf8' }).stderr).toBe('')
      }
    },
  )

  it('refuses an example without negatives, which the public code divides by', async () => {
    const data = join(root, 'bare')
    await mkdir(data)
    await writeFile(join(data, 'QA.jsonl'), '{"query":"q1","pos":["p1"],"neg":["n"]}\n{"query":"q2","pos":["p2"]}\n')
    await expect(
      exportForCluster({ recipe: tinyRecipe('bert'), data, model: 'bert', folder: join(root, 'refused') }),
    ).rejects.toThrow(/QA\.jsonl: example 2 \("q2"\) has no negatives/)
  })
})

it.each(['e5-tiny', 'DMRetriever-tiny', 'tiny'])(
  'a model trained from %s keeps its prompts under any name',
  async (name) => {
    const base = join(root, name)
    await cp(modelFixture('bert'), base, { recursive: true })
    const folder = await openModelFolder(base)
    const model = await TrainableModel.open(folder, { tuning: 'full', maxTokens: 32, seed: 1 })
    for (const other of [join(root, `${name}-out`, 'model'), join(root, `${name}-out`, 'e5-model')]) {
      await writeModelFolder(model, other, { maxTokens: 32 })
      const { prompts } = await openModelFolder(other)
      for (const intent of INTENTS)
        expect(promptFor(prompts, 'query', intent)).toBe(promptFor(folder.prompts, 'query', intent))
      expect(promptFor(prompts, 'passage')).toBe(promptFor(folder.prompts, 'passage'))
    }
  },
)
