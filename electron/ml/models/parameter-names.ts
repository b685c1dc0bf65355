// Files put different prefixes before the same parameter names ("bert.", "model.", none), and old ones call layer norms
// gamma and beta. Model definitions know neither.
import type { ModelConfig } from './config.ts'

/** The embedding table by which a file's prefix is recognised. */
const PROBES: Readonly<Record<ModelConfig['family'], string>> = {
  'post-norm': 'embeddings.word_embeddings.weight',
  modernbert: 'embeddings.tok_embeddings.weight',
  decoder: 'embed_tokens.weight',
  static: '',
}

/**
 * Finds the file's name of a definition's parameter.
 *
 * @param names all tensor names of the file
 * @returns a look-up that gives undefined for parameters the file does not have
 */
export function parameterNames(config: ModelConfig, names: Iterable<string>): (name: string) => string | undefined {
  const all = new Set(names)
  const probe = PROBES[config.family]
  const table = probe === '' ? undefined : [...all].find((name) => name === probe || name.endsWith(`.${probe}`))
  const prefix = table ? table.slice(0, table.length - probe.length) : ''
  return (name) => {
    // Heads (classifier, lm_head) stand outside the prefix.
    for (const candidate of [prefix + name, name]) {
      if (all.has(candidate)) return candidate
      const old = oldNormName(candidate)
      if (all.has(old)) return old
    }
    return undefined
  }
}

function oldNormName(name: string): string {
  return name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')
}
