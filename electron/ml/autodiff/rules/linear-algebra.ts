import { floatAttribute, intAttribute } from '../../ir/index.ts'
import type { GradientRule } from './rule.ts'

/** Y = A B gives dA = dY B^T and dB = A^T dY; the walk sums over batch axes that were broadcast. */
const matMul: GradientRule = ({ g, inputs, dy }) => {
  const [a, b] = [inputs[0]!, inputs[1]!]
  if (b.shape.length === 2 && a.shape.length > 2) {
    // one matrix for all batches: a single product over all rows instead of one a batch and a sum
    const [inner, columns] = [b.shape[0]!, b.shape[1]!]
    return [
      () => g.matMul(dy, g.transposeMatrix(b)),
      () => g.gemm(g.reshape(a, [-1, inner]), g.reshape(dy, [-1, columns]), { transposeA: true }),
    ]
  }
  return [() => g.matMul(dy, g.transposeMatrix(b)), () => g.matMul(g.transposeMatrix(a), dy)]
}

/** Y = alpha A' B' + beta C, where a prime is an optional transpose. Never transposes a matrix by itself: Gemm does. */
const gemm: GradientRule = ({ g, node, inputs, dy }) => {
  const [a, b] = [inputs[0]!, inputs[1]!]
  const transA = intAttribute(node.attributes, 'transA', 0) === 1
  const transB = intAttribute(node.attributes, 'transB', 0) === 1
  const alpha = floatAttribute(node.attributes, 'alpha', 1)
  const beta = floatAttribute(node.attributes, 'beta', 1)
  return [
    () =>
      transA
        ? g.gemm(b, dy, { transposeA: transB, transposeB: true, alpha })
        : g.gemm(dy, b, { transposeB: !transB, alpha }),
    () =>
      transB
        ? g.gemm(dy, a, { transposeA: true, transposeB: transA, alpha })
        : g.gemm(a, dy, { transposeA: !transA, alpha }),
    () => (beta === 1 ? dy : g.mul(dy, beta)),
  ]
}

export const linearAlgebraRules = { MatMul: matMul, Gemm: gemm } as const satisfies Record<string, GradientRule>
