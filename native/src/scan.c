/* scan_int8: a linear scan of int8 codes that keeps the k best rows. */
#include "dot-int8.h"
#include "kernels.h"

static inline Candidate candidate(int32_t score, uint32_t row) {
  return (Candidate)(((uint64_t)(uint32_t)score << 32) | (uint32_t)~row);
}

/* Restores the min-heap below `at`, where `value` belongs or must move down. */
static void sift_down(Candidate *heap, uint32_t size, uint32_t at, Candidate value) {
  for (;;) {
    uint32_t child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

static void sift_up(Candidate *heap, uint32_t at, Candidate value) {
  while (at > 0) {
    const uint32_t parent = (at - 1) / 2;
    if (heap[parent] <= value) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = value;
}

/* How many of the first `rows` bits are set, padding of the last byte included. */
static uint32_t bits_set(const uint8_t *bits, uint32_t rows) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < (rows + 7) / 8; i++) count += (uint32_t)__builtin_popcount(bits[i]);
  return count;
}

/*
 * Scans `rows` rows and keeps the k best in `heap` (a min-heap that may already hold `size` candidates of earlier
 * calls). `codes` points at the first of them, whose row number is `firstRow`. `filter` has one bit per row of this
 * call, least significant bit first, or is NULL. Returns the new size of the heap.
 */
uint32_t KERNEL(scan_int8)(const int8_t *codes, uint32_t firstRow, uint32_t rows, uint32_t stride,
                           const int16_t *query, const uint8_t *filter, Candidate *heap, uint32_t size, uint32_t k) {
  /* Where a quarter of the rows is allowed, scoring all of them reads memory in order and mispredicts nothing, which is
   * faster than leaving some out. What is not allowed is refused where it would enter the heap, which few rows do. */
  const int is_dense = filter && bits_set(filter, rows) >= rows / 4;
  for (uint32_t group = 0; group < rows; group += 8) {
    const uint32_t end = rows - group < 8 ? rows - group : 8;
    const uint32_t mask = filter ? filter[group / 8] : 0xff;
    if (mask == 0) continue;
    for (uint32_t bit = 0; bit < end; bit++) {
      const uint32_t allowed = (mask >> bit) & 1;
      if (!is_dense && !allowed) continue;
      const uint32_t row = group + bit;
      const Candidate found = candidate(dot_int8(codes + (size_t)row * stride, query, stride), firstRow + row);
      if (size < k) {
        if (allowed) sift_up(heap, size++, found);
      } else if (found > heap[0] && allowed) sift_down(heap, size, 0, found);
    }
  }
  return size;
}

/* Heap sort in place: best first. */
void KERNEL(sort_candidates)(Candidate *heap, uint32_t size) {
  while (size > 1) {
    const Candidate worst = heap[0];
    size--;
    sift_down(heap, size, 0, heap[size]);
    heap[size] = worst;
  }
}
