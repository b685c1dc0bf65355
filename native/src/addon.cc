/*
 * The Node-API face of the kernels: finds out which instruction sets the processor has, takes typed arrays apart and
 * spreads the work over threads. Arguments are checked by addon-kernels.ts; here only types are, so that a slip there throws
 * instead of crashing. Node-API only, so one binary serves Node and Electron.
 */
#define NAPI_VERSION 8
#include <node_api.h>

#include <algorithm>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

#include "kernels.h"

#define DECLARE_KERNELS(isa)                                                                                         \
  extern "C" {                                                                                                       \
  uint32_t scan_int8_##isa(const int8_t *, uint32_t, uint32_t, uint32_t, const int16_t *, const uint8_t *,           \
                           Candidate *, uint32_t, uint32_t);                                                         \
  void adamw_##isa(float *, const float *, float *, float *, size_t, const AdamwConstants *);                        \
  double sum_of_squares_block_##isa(const float *, size_t);                                                          \
  void add_scaled_##isa(float *, float, const float *, size_t);                                                      \
  void to_bfloat16_##isa(const uint32_t *, uint16_t *, size_t);                                                      \
  void from_bfloat16_##isa(const uint16_t *, uint32_t *, size_t);                                                    \
  }
#define KERNEL_TABLE(isa)                                                                                            \
  {#isa, scan_int8_##isa, adamw_##isa, sum_of_squares_block_##isa, add_scaled_##isa, to_bfloat16_##isa,              \
   from_bfloat16_##isa}

struct Kernels {
  const char *isa;
  uint32_t (*scanInt8)(const int8_t *, uint32_t, uint32_t, uint32_t, const int16_t *, const uint8_t *, Candidate *,
                       uint32_t, uint32_t);
  void (*adamw)(float *, const float *, float *, float *, size_t, const AdamwConstants *);
  double (*sumOfSquaresBlock)(const float *, size_t);
  void (*addScaled)(float *, float, const float *, size_t);
  void (*toBfloat16)(const uint32_t *, uint16_t *, size_t);
  void (*fromBfloat16)(const uint16_t *, uint32_t *, size_t);
};

#if defined(__x86_64__)
DECLARE_KERNELS(avx2)
DECLARE_KERNELS(avx512)
static const Kernels allKernels[] = {KERNEL_TABLE(avx512), KERNEL_TABLE(avx2)};

static bool runs(const Kernels &kernels) {
  __builtin_cpu_init();
  if (&kernels == &allKernels[1]) return __builtin_cpu_supports("avx2");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}
#elif defined(__aarch64__)
DECLARE_KERNELS(neon)
static const Kernels allKernels[] = {KERNEL_TABLE(neon)};
static bool runs(const Kernels &) { return true; }
#else
#error "the addon has kernels for x64 and arm64 only; other processors run the WebAssembly kernels"
#endif

/* Work below this size is done on the calling thread: starting a thread costs some 50 us. */
static constexpr size_t BYTES_PER_THREAD = 4 << 20;

/* Calls work(part, start, end) for `parts` consecutive ranges of [0, total), each a multiple of `granule`. */
static void inParallel(size_t total, size_t bytes, size_t granule, uint32_t threads,
                       const std::function<void(size_t, size_t, size_t)> &work) {
  const size_t granules = (total + granule - 1) / granule;
  const size_t parts = std::max<size_t>(1, std::min({size_t(threads), bytes / BYTES_PER_THREAD, granules}));
  const size_t step = (granules + parts - 1) / parts * granule;
  std::vector<std::thread> workers;
  for (size_t part = 1; part < parts; part++) {
    const size_t start = std::min(total, part * step), end = std::min(total, (part + 1) * step);
    try {
      workers.emplace_back(work, part, start, end);
    } catch (const std::system_error &) {
      work(part, start, end); /* the system has no thread to give: slower, not wrong */
    }
  }
  work(0, 0, std::min(total, step));
  for (auto &worker : workers) worker.join();
}

/* The arguments of one call. The first that has the wrong type throws a TypeError and leaves `failed` set. */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    void *table = nullptr;
    napi_get_cb_info(env, info, &count_, values_, nullptr, &table);
    kernels = static_cast<const Kernels *>(table);
  }
  const Kernels *kernels;
  bool failed = false;

  template <typename T>
  T *array(size_t at, napi_typedarray_type expected, size_t *length = nullptr) {
    napi_typedarray_type type;
    void *data = nullptr;
    size_t elements = 0;
    if (at >= count_ ||
        napi_get_typedarray_info(env_, values_[at], &type, &elements, &data, nullptr, nullptr) != napi_ok ||
        type != expected)
      return fail("a kernel was given an argument that is not the typed array it expects"), nullptr;
    if (length) *length = elements;
    return static_cast<T *>(data);
  }
  bool missing(size_t at) {
    napi_valuetype type = napi_undefined;
    if (at < count_) napi_typeof(env_, values_[at], &type);
    return type == napi_undefined;
  }
  double number(size_t at) {
    double value = 0;
    if (at >= count_ || napi_get_value_double(env_, values_[at], &value) != napi_ok) fail("a kernel expects a number");
    return value;
  }

 private:
  void fail(const char *message) {
    if (!failed) napi_throw_type_error(env_, nullptr, message);
    failed = true;
  }
  napi_env env_;
  size_t count_ = 8;
  napi_value values_[8];
};

static napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

/* scanInt8(codes, rows, stride, query, filter | undefined, candidates, threads): how many candidates were written. */
static napi_value scanInt8(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const auto *codes = args.array<int8_t>(0, napi_int8_array);
  const auto rows = size_t(args.number(1));
  const auto stride = uint32_t(args.number(2));
  const auto *query = args.array<int16_t>(3, napi_int16_array);
  const auto *filter = args.missing(4) ? nullptr : args.array<uint8_t>(4, napi_uint8_array);
  size_t k = 0;
  auto *best = args.array<Candidate>(5, napi_bigint64_array, &k);
  const auto threads = uint32_t(args.number(6));
  if (args.failed) return nullptr;

  std::vector<std::vector<Candidate>> heaps(std::max(1u, threads));
  inParallel(rows, rows * stride, 8, threads, [&](size_t part, size_t start, size_t end) {
    auto &heap = heaps[part];
    heap.resize(k);
    heap.resize(args.kernels->scanInt8(codes + start * stride, uint32_t(start), uint32_t(end - start), stride, query,
                                  filter ? filter + start / 8 : nullptr, heap.data(), 0, uint32_t(k)));
  });
  std::vector<Candidate> found;
  for (const auto &heap : heaps) found.insert(found.end(), heap.begin(), heap.end());
  const size_t kept = std::min(k, found.size());
  std::partial_sort_copy(found.begin(), found.end(), best, best + kept, std::greater<Candidate>());
  return number(env, double(kept));
}

/*
 * adamw(param, grad, m, v, [constants with decay, constants without], noDecay as [start, end, ...], threads).
 * The ranges are sorted and disjoint.
 */
static napi_value adamw(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  size_t n = 0, bounds = 0;
  auto *param = args.array<float>(0, napi_float32_array, &n);
  const auto *grad = args.array<float>(1, napi_float32_array);
  auto *m = args.array<float>(2, napi_float32_array);
  auto *v = args.array<float>(3, napi_float32_array);
  const auto *constants = args.array<AdamwConstants>(4, napi_float32_array);
  const auto *noDecay = args.array<double>(5, napi_float64_array, &bounds);
  const auto threads = uint32_t(args.number(6));
  if (args.failed) return nullptr;

  inParallel(n, n * 4 * sizeof(float), 64, threads, [&](size_t, size_t start, size_t end) {
    const auto run = [&](size_t from, size_t to, const AdamwConstants *c) {
      if (from < to) args.kernels->adamw(param + from, grad + from, m + from, v + from, to - from, c);
    };
    size_t at = start;
    for (size_t i = 0; i + 1 < bounds && at < end; i += 2) {
      const size_t from = std::clamp(size_t(noDecay[i]), at, end), to = std::clamp(size_t(noDecay[i + 1]), at, end);
      run(at, from, &constants[0]);
      run(from, to, &constants[1]);
      at = to;
    }
    run(at, end, &constants[0]);
  });
  return nullptr;
}

/* sumOfSquares(x, threads): blocks in parallel, then added in order, so the threads do not show in the result. */
static napi_value sumOfSquares(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  size_t n = 0;
  const auto *x = args.array<float>(0, napi_float32_array, &n);
  const auto threads = uint32_t(args.number(1));
  if (args.failed) return nullptr;

  std::vector<double> blocks((n + REDUCTION_BLOCK - 1) / REDUCTION_BLOCK);
  inParallel(n, n * sizeof(float), REDUCTION_BLOCK, threads, [&](size_t, size_t start, size_t end) {
    for (size_t at = start; at < end; at += REDUCTION_BLOCK)
      blocks[at / REDUCTION_BLOCK] = args.kernels->sumOfSquaresBlock(x + at, std::min<size_t>(REDUCTION_BLOCK, end - at));
  });
  double sum = 0;
  for (const double block : blocks) sum += block;
  return number(env, sum);
}

/* addScaled(y, a, x, threads) */
static napi_value addScaled(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  size_t n = 0;
  auto *y = args.array<float>(0, napi_float32_array, &n);
  const auto a = float(args.number(1));
  const auto *x = args.array<float>(2, napi_float32_array);
  const auto threads = uint32_t(args.number(3));
  if (args.failed) return nullptr;
  inParallel(n, n * 2 * sizeof(float), 64, threads,
             [&](size_t, size_t start, size_t end) { args.kernels->addScaled(y + start, a, x + start, end - start); });
  return nullptr;
}

/* toBfloat16(source, target, threads) */
static napi_value toBfloat16(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  size_t n = 0;
  const auto *source = args.array<uint32_t>(0, napi_float32_array, &n);
  auto *target = args.array<uint16_t>(1, napi_uint16_array);
  const auto threads = uint32_t(args.number(2));
  if (args.failed) return nullptr;
  inParallel(n, n * 6, 64, threads, [&](size_t, size_t start, size_t end) {
    args.kernels->toBfloat16(source + start, target + start, end - start);
  });
  return nullptr;
}

/* fromBfloat16(source, target, threads) */
static napi_value fromBfloat16(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  size_t n = 0;
  const auto *source = args.array<uint16_t>(0, napi_uint16_array, &n);
  auto *target = args.array<uint32_t>(1, napi_float32_array);
  const auto threads = uint32_t(args.number(2));
  if (args.failed) return nullptr;
  inParallel(n, n * 6, 64, threads, [&](size_t, size_t start, size_t end) {
    args.kernels->fromBfloat16(source + start, target + start, end - start);
  });
  return nullptr;
}

/* The functions of one instruction set; which one they belong to travels as their data. */
static napi_value kernelsObject(napi_env env, const Kernels &kernels) {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"scanInt8", scanInt8},   {"adamw", adamw},           {"sumOfSquares", sumOfSquares},
                   {"addScaled", addScaled}, {"toBfloat16", toBfloat16}, {"fromBfloat16", fromBfloat16}};
  napi_value object, isa;
  napi_create_object(env, &object);
  napi_create_string_utf8(env, kernels.isa, NAPI_AUTO_LENGTH, &isa);
  napi_set_named_property(env, object, "isa", isa);
  for (const auto &f : functions) {
    napi_value value;
    napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, const_cast<Kernels *>(&kernels), &value);
    napi_set_named_property(env, object, f.name, value);
  }
  return object;
}

/* Exports `abi` and `instructionSets`: those that this processor has, fastest first. */
NAPI_MODULE_INIT() {
  napi_value sets;
  napi_create_array(env, &sets);
  uint32_t count = 0;
  for (const Kernels &kernels : allKernels)
    if (runs(kernels)) napi_set_element(env, sets, count++, kernelsObject(env, kernels));
  napi_set_named_property(env, exports, "instructionSets", sets);
  napi_set_named_property(env, exports, "abi", number(env, KERNELS_ABI));
  return exports;
}
