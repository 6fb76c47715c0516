#include "src/compute/npu/report/modelled_kernels.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "src/compute/npu/cost/attention_cost.h"
#include "src/compute/npu/cost/body_cost.h"
#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/cost/matmul_cost.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr std::size_t kSide = 64;
constexpr std::size_t kSums = kSide * kSide * 4;
constexpr std::int64_t kElements = kSide * kSide;
constexpr std::int64_t kNormElements = 32 * 64;  ///< of a panel of wide numbers

/// 16 sums of 32 bits from and to memory take two accesses.
Body fill_sums() { return {"fill sums", 16, {.stores = 2}, Recurrence::none}; }
Body copy_bytes() { return {"copy", 32, {.loads = 1, .stores = 1}, Recurrence::none}; }
Body scale_and_store() {
  return {"scale and store",
          16,
          {.accumulator_loads = 2, .stores = 2, .moves = 2, .products = 2},
          Recurrence::none};
}
Body gelu_store() {
  return {"scale, GELU, store",
          16,
          {.accumulator_loads = 2, .gathers = 4, .stores = 2, .moves = 6, .products = 3},
          Recurrence::none};
}
Body norm_add() {
  return {"add, sums of rows",
          16,
          {.loads = 2, .stores = 1, .moves = 3, .float_products = 3},
          Recurrence::none};
}
Body norm_write() {
  return {"add, normalise",
          16,
          {.loads = 2, .stores = 1, .moves = 3, .float_products = 3},
          Recurrence::none};
}

double sum_of(const std::vector<StageCost>& stages, std::size_t from, std::size_t to) {
  double total = 0;
  for (std::size_t i = from; i < to; ++i) total += stages[i].cycles;
  return total;
}

std::string prefix(std::int64_t element_bytes) {
  return element_bytes == 1 ? "modelled_i8_" : "modelled_bf16_";
}

CoreKernel kernel(std::int64_t element_bytes, const char* name, std::vector<std::size_t> buffers,
                  std::size_t scalars, std::size_t program_bytes) {
  return {prefix(element_bytes) + name,
          prefix(element_bytes) + "encoder_aie2.o",
          std::move(buffers),
          scalars,
          1024,
          program_bytes,
          nullptr};
}

}  // namespace

EncoderKernels modelled_encoder_kernels(std::int64_t element_bytes) {
  const std::size_t panel = kPanelBytes, parameters = 1024;
  const auto e = static_cast<std::size_t>(element_bytes);
  // Weights of a block of keys, three numbers for each row, tables of exponentials.
  const std::size_t state = kSide * kSide + 3 * kSide * 4 + 4096;
  const auto make = [&](const char* name, std::vector<std::size_t> buffers, std::size_t scalars,
                        std::size_t program_bytes) {
    return kernel(element_bytes, name, std::move(buffers), scalars, program_bytes);
  };
  return {.begin = make("begin", {panel, kSums, parameters}, 0, 384),
          .multiply = make("multiply", {panel, panel, kSums}, 0, 768),
          .store = make("store", {kSums, parameters, panel}, 1, 512),
          .store_gelu = make("store_gelu", {kSums, parameters, panel}, 1, 768),
          .store_wide = make("store_wide", {kSums, parameters, panel}, 1, 512),
          .take = make("take", {panel, e * panel}, 1, 256),
          .attend_begin = make("attend_begin", {kSums, state}, 0, 256),
          .attend_keys = make("attend_keys", {e * panel, panel, state}, 1, 2304),
          .attend_values = make("attend_values", {panel, kSums, state}, 0, 1280),
          .attend_finish = make("attend_finish", {kSums, state, panel}, 1, 512),
          .norm_begin = make("norm_begin", {state}, 1, 128),
          .norm_add = make("norm_add", {panel, panel, state, panel}, 0, 768),
          .norm_write = make("norm_write", {panel, panel, state, panel}, 1, 768)};
}

KernelCycles modelled_encoder_cycles(std::int64_t element_bytes, Grade grade) {
  const bool bytes = element_bytes == 1;
  const auto body = [&](const Body& one, std::int64_t elements) {
    return kCallCycles + body_cycles(one, elements, grade);
  };
  // A panel of keys holds 64 in int8 and 32 in bfloat16; the stages are those of 64.
  const std::vector<StageCost> attention =
      bytes ? fused_i8_stages(kSide, grade) : flash_bf16_stages(kSide, grade);
  const double keys = 1.0 / static_cast<double>(element_bytes);
  // Nobody published a product that somebody scheduled by hand; chess's stand for them.
  const Grade products = grade == Grade::hand ? Grade::chess : grade;
  const std::int64_t part = kElements / element_bytes;
  const std::map<std::string, double> cycles = {
      {"begin", body(fill_sums(), kElements)},
      {"multiply",
       bytes ? matmul_cycles({kSide, kSide, kSide}, MatmulKind::i8_to_i32, products)
             : matmul_cycles({kSide, kSide / 2, kSide}, MatmulKind::bf16_to_f32, products)},
      {"store", body(scale_and_store(), part)},
      {"store_gelu", body(gelu_store(), part)},
      {"store_wide", body(scale_and_store(), kElements / 2)},
      {"take", body(copy_bytes(), kPanelBytes)},
      {"attend_begin", body(fill_sums(), kElements)},
      {"attend_keys", kCallCycles + keys * sum_of(attention, 0, 4)},
      {"attend_values", kCallCycles + keys * sum_of(attention, 4, 6)},
      {"attend_finish", body(scale_and_store(), part)},
      {"norm_begin", body(fill_sums(), 64)},
      {"norm_add", body(norm_add(), kNormElements)},
      {"norm_write", body(norm_write(), kNormElements)}};
  std::map<std::string, std::int64_t> whole;
  for (const auto& [name, value] : cycles) {
    whole[prefix(element_bytes) + name] = static_cast<std::int64_t>(std::ceil(value));
  }
  return [whole](const CoreKernel& called, std::span<std::byte* const>,
                 std::span<const std::int32_t>) {
    const auto found = whole.find(called.name);
    if (found != whole.end()) return found->second;
    throw Error(ErrorCode::bad_argument, "modelled kernels: there is no " + called.name);
  };
}

}  // namespace tessera::compute::npu
