import { expect, it } from 'vitest'
import { GraphBuilder, printGraph } from './index.ts'

it('printGraph shows types, attributes, constants, external data and inner graphs', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', ['batch', 2])
  const w = g.initializer('w', 'float32', [3, 2], { location: 'model.safetensors', offset: 80, length: 24 })
  const hidden = g.scope('layer.0', () => g.mul(g.gelu(g.linear(x, w)), 0.5))
  const [y] = g.loop(2, [hidden], (inner, _, [state]) => [inner.neg(state!)])
  g.output('y', y!)
  expect(printGraph(g.build())).toMatchInlineSnapshot(`
    "main (x float32[batch,2]) => (y float32[batch,3]) {
      w float32[3,2] = external(model.safetensors, 80, 24)
      constant/0.5 float32[] = {0.5}
      constant/2 int64[] = {2}
      layer.0/Gemm float32[batch,3] = Gemm<transB = 1>(x, w)
      layer.0/Gelu float32[batch,3] = com.microsoft.Gelu(layer.0/Gemm)
      layer.0/Mul float32[batch,3] = Mul(layer.0/Gelu, constant/0.5)
      y float32[batch,3] = Loop(constant/2, -, layer.0/Mul)
        body = loop (iteration int64[], continue bool[], carried float32[batch,3]) => (next bool[], next_1 float32[batch,3]) {
          next_1 float32[batch,3] = Neg(carried)
          next bool[] = Identity(continue)
        }
    }"
  `)
})
