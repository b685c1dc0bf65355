import type { GraphBuilder, Value } from '../ir/index.ts'

/** Feed-forward non-linearities. `gelu` is exact, `gelu_tanh` its approximation (config name gelu_new, gelu_pytorch_tanh). */
export const ACTIVATIONS = ['gelu', 'gelu_tanh', 'relu', 'silu', 'tanh'] as const
export type Activation = (typeof ACTIVATIONS)[number]

/** Applies a non-linearity elementwise. */
export function activate(g: GraphBuilder, kind: Activation, x: Value): Value {
  switch (kind) {
    case 'gelu':
      return g.gelu(x)
    case 'gelu_tanh':
      return geluTanh(g, x)
    case 'relu':
      return g.relu(x)
    case 'silu':
      return g.silu(x)
    case 'tanh':
      return g.tanh(x)
  }
}

/** `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))` (Hendrycks and Gimpel, arXiv 1606.08415). */
function geluTanh(g: GraphBuilder, x: Value): Value {
  const cube = g.mul(g.mul(x, x), x)
  const inner = g.mul(g.add(x, g.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI))
  return g.mul(g.mul(x, g.add(g.tanh(inner), 1)), 0.5)
}
