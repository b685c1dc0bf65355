/**
 * Quantizes a weight `[outputs, inputs]` symmetrically, one scale per output, and transposes it to `[inputs, outputs]`.
 * `weight[o][i] = values[i][o] * scales[o]` up to half a scale.
 */
export function float32ToInt8Columns(
  weights: Float32Array,
  outputs: number,
  inputs: number,
): { values: Int8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const values = new Int8Array(inputs * outputs)
  const scales = new Float32Array(outputs)
  for (let o = 0; o < outputs; o++) {
    const row = o * inputs
    let largest = 0
    for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(weights[row + i]!))
    // An output of zeros keeps scale 1: its values are 0 whatever the scale.
    const scale = Math.fround(largest / 127) || 1
    scales[o] = scale
    for (let i = 0; i < inputs; i++) values[i * outputs + o] = Math.round(weights[row + i]! / scale)
  }
  return { values, scales }
}
