/*
 * dot_int8: the dot product of `stride` int8 codes with an int16 query, exact in int32. `stride` is a multiple of
 * ROW_ALIGNMENT. The query is widened once per scan, so that only the codes are widened in the loop. All of these run
 * at the speed of memory, so there is no separate int8 x int8 (VNNI vpdpbusd) form.
 */
#ifndef DMR_DOT_INT8_H
#define DMR_DOT_INT8_H

#include "kernels.h"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>

static inline int32_t dot_int8(const int8_t *codes, const int16_t *query, uint32_t stride) {
  v128_t even = wasm_i32x4_splat(0), odd = wasm_i32x4_splat(0);
  for (uint32_t d = 0; d < stride; d += 32) {
    const v128_t a = wasm_v128_load(codes + d), b = wasm_v128_load(codes + d + 16);
    even = wasm_i32x4_add(even, wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(a), wasm_v128_load(query + d)));
    odd = wasm_i32x4_add(odd, wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(a), wasm_v128_load(query + d + 8)));
    even = wasm_i32x4_add(even, wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(b), wasm_v128_load(query + d + 16)));
    odd = wasm_i32x4_add(odd, wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(b), wasm_v128_load(query + d + 24)));
  }
  const v128_t sum = wasm_i32x4_add(even, odd);
  return wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1) + wasm_i32x4_extract_lane(sum, 2) +
         wasm_i32x4_extract_lane(sum, 3);
}

#elif defined(__AVX512VNNI__) && defined(__AVX512BW__)
#include <immintrin.h>

static inline int32_t dot_int8(const int8_t *codes, const int16_t *query, uint32_t stride) {
  __m512i even = _mm512_setzero_si512(), odd = _mm512_setzero_si512();
  for (uint32_t d = 0; d < stride; d += 64) {
    const __m512i a = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(codes + d)));
    const __m512i b = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(codes + d + 32)));
    even = _mm512_dpwssd_epi32(even, a, _mm512_loadu_si512(query + d));
    odd = _mm512_dpwssd_epi32(odd, b, _mm512_loadu_si512(query + d + 32));
  }
  return _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
}

#elif defined(__AVX2__)
#include <immintrin.h>

static inline int32_t dot_int8(const int8_t *codes, const int16_t *query, uint32_t stride) {
  __m256i even = _mm256_setzero_si256(), odd = _mm256_setzero_si256();
  for (uint32_t d = 0; d < stride; d += 32) {
    const __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(codes + d)));
    const __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(codes + d + 16)));
    even = _mm256_add_epi32(even, _mm256_madd_epi16(a, _mm256_loadu_si256((const __m256i *)(query + d))));
    odd = _mm256_add_epi32(odd, _mm256_madd_epi16(b, _mm256_loadu_si256((const __m256i *)(query + d + 16))));
  }
  const __m256i sum = _mm256_add_epi32(even, odd);
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
  return _mm_cvtsi128_si32(half);
}

#elif defined(__ARM_NEON)
#include <arm_neon.h>

static inline int32_t dot_int8(const int8_t *codes, const int16_t *query, uint32_t stride) {
  int32x4_t even = vdupq_n_s32(0), odd = vdupq_n_s32(0);
  for (uint32_t d = 0; d < stride; d += 16) {
    const int8x16_t a = vld1q_s8(codes + d);
    const int16x8_t low = vmovl_s8(vget_low_s8(a)), high = vmovl_s8(vget_high_s8(a));
    const int16x8_t q0 = vld1q_s16(query + d), q1 = vld1q_s16(query + d + 8);
    even = vmlal_s16(even, vget_low_s16(low), vget_low_s16(q0));
    odd = vmlal_s16(odd, vget_high_s16(low), vget_high_s16(q0));
    even = vmlal_s16(even, vget_low_s16(high), vget_low_s16(q1));
    odd = vmlal_s16(odd, vget_high_s16(high), vget_high_s16(q1));
  }
  return vaddvq_s32(vaddq_s32(even, odd));
}

#else
#error "dot_int8 has no implementation for this target; the TypeScript reference serves it"
#endif
#endif
