import { expect, it } from 'vitest'
import { checkGraph, GraphBuilder } from '../ir/index.ts'
import { ParameterInputs } from '../optim/index.ts'
import { parseModelConfig } from '../models/config.ts'
import { runGraph } from '../testing/run-graph.ts'
import { architectures, feedsOf, retrieval } from '../testing/tiny-training.ts'
import type { TransformerModelConfig } from '../models/encode-tokens.ts'
import { gradients, recomputeCheap } from './index.ts'

it.each(architectures)('recomputing changes no bit of the gradients of %s', async (name, json, pooling) => {
  const g = new GraphBuilder()
  const parameters = new ParameterInputs()
  const config = parseModelConfig(name, json) as TransformerModelConfig
  const loss = retrieval(g, parameters, config, pooling)
  const forwardNodes = g.nodes.length
  const found = gradients(g, loss, parameters.all)
  found.forEach((gradient, index) => g.output(`gradient${index}`, gradient))
  const graph = g.build()
  const recomputing = recomputeCheap(graph, forwardNodes)
  checkGraph(recomputing)
  expect(recomputing.nodes.length).toBeGreaterThan(graph.nodes.length)
  const feeds = feedsOf(graph.inputs)
  expect(await runGraph(recomputing, feeds)).toEqual(await runGraph(graph, feeds))

  // No result of a cheap operator waits for the backward pass.
  const kept = new Set(
    graph.nodes
      .slice(0, forwardNodes)
      .filter(({ op }) => op === 'Gelu' || op === 'LayerNormalization')
      .map(({ outputs }) => outputs[0]),
  )
  for (const node of recomputing.nodes.slice(forwardNodes))
    expect(node.inputs.filter((value) => kept.has(value!))).toEqual([])
})
