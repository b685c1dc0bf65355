import { strings } from '../../strings/index.ts'

/** How a retriever is called in the window: models by their own name. */
export function retrieverName(id: string): string {
  const words = strings.refinement.retrievers
  const [base, reranker] = id.split('+')
  const name = base === 'lexical' ? words.lexical : base === 'latent-semantic' ? words.latentSemantic : (base ?? id)
  return reranker === undefined ? name : words.reranked(name, reranker)
}

export function generatorName(generator: string, model: string): string {
  const words = strings.refinement.generators
  if (model !== '') return words.model(model)
  return generator === 'cloze' ? words.cloze : generator
}
