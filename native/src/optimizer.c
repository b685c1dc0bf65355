/* Flat float32 kernels of the optimizer. Plain loops: the compilers vectorise them. See [Note: bit-exact kernels]. */
#include "kernels.h"

/* One AdamW step (Loshchilov & Hutter 2019, decoupled decay) over n elements with one set of constants. */
void KERNEL(adamw)(float *restrict param, const float *restrict grad, float *restrict m, float *restrict v, size_t n,
                   const AdamwConstants *constants) {
  const AdamwConstants c = *constants;
  for (size_t i = 0; i < n; i++) {
    const float g = grad[i] * c.gradScale;
    const float mi = c.beta1 * m[i] + c.oneMinusBeta1 * g;
    const float vi = c.beta2 * v[i] + c.oneMinusBeta2 * (g * g);
    m[i] = mi;
    v[i] = vi;
    param[i] = c.decay * param[i] - c.stepSize * (mi / (__builtin_sqrtf(vi) * c.invSqrtBias2 + c.epsilon));
  }
}

/*
 * Sum of squares of one block (at most REDUCTION_BLOCK elements) in double. Sixteen lanes, lane j taking the elements
 * i = j mod 16, added up pairwise; a square of a float is exact in double.
 */
double KERNEL(sum_of_squares_block)(const float *x, size_t n) {
  double lane[16] = {0};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (size_t j = 0; j < 16; j++) lane[j] += (double)x[i + j] * (double)x[i + j];
  for (size_t j = 0; i + j < n; j++) lane[j] += (double)x[i + j] * (double)x[i + j];
  for (size_t width = 8; width > 0; width /= 2)
    for (size_t j = 0; j < width; j++) lane[j] += lane[j + width];
  return lane[0];
}

/* y += a * x */
void KERNEL(add_scaled)(float *restrict y, float a, const float *restrict x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

/* float32 to bfloat16, nearest even; NaN stays NaN (quiet, sign and high payload kept). */
void KERNEL(to_bfloat16)(const uint32_t *restrict source, uint16_t *restrict target, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = source[i];
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const uint32_t quiet = (bits >> 16) | 0x40;
    target[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
  }
}

void KERNEL(from_bfloat16)(const uint16_t *restrict source, uint32_t *restrict target, size_t n) {
  for (size_t i = 0; i < n; i++) target[i] = (uint32_t)source[i] << 16;
}
