/*
 * [Note: one source, two targets]
 * Each .c file is compiled once for WebAssembly (clang, -msimd128) and once per instruction set for the Node-API addon
 * (-mavx2, -mavx512..., NEON). KERNEL(name) gives every object file its own symbol suffix; under WebAssembly it
 * exports the plain name.
 *
 * [Note: bit-exact kernels]
 * Every float kernel is defined as a fixed sequence of IEEE 754 operations, each correctly rounded, in a fixed order:
 * no fused multiply-add (-ffp-contract=off), no re-association, reductions over a fixed number of lanes and fixed
 * blocks. So TypeScript, WebAssembly and every addon variant give the same bits for any number of threads, and a
 * training run resumed on another machine continues the same run.
 */
#ifndef DMR_KERNELS_H
#define DMR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_PASTE(name, isa) name##_##isa
#define KERNEL_EXPAND(name, isa) KERNEL_PASTE(name, isa)
#if defined(__wasm__)
#define KERNEL(name) __attribute__((export_name(#name))) name
#else
#define KERNEL(name) KERNEL_EXPAND(name, KERNEL_ISA)
#endif

/* Raised with every change of a signature or a layout below, so that an addon built from older sources is not used. */
#define KERNELS_ABI 1

/* Rows of an int8 index are padded with zeros to a multiple of this many bytes: one AVX-512 register. */
#define ROW_ALIGNMENT 64

/* sum_of_squares adds up this many elements per block, then the blocks in order. */
#define REDUCTION_BLOCK 65536

/*
 * A scored row: the score in the high half, the complement of the row in the low half. Comparing candidates as
 * integers orders them by score, ties by lower row first, so no two candidates are equal and every
 * implementation keeps the same k.
 */
typedef int64_t Candidate;

/* Constants of one AdamW step, the same for all elements; see adamwConstants in adamw.ts. */
typedef struct {
  float gradScale;
  float beta1;
  float oneMinusBeta1;
  float beta2;
  float oneMinusBeta2;
  float invSqrtBias2; /* 1 / sqrt(1 - beta2^step) */
  float epsilon;
  float stepSize; /* learning rate / (1 - beta1^step) */
  float decay;    /* 1 - learning rate * weight decay; 1 where no decay applies */
} AdamwConstants;

#endif
