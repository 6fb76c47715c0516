#include "src/compute/npu/sim/array_points.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/simulator.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t kStoreBytes = 32;  ///< of zeros per cycle

bool is_int8(MatmulKind kind) {
  return kind == MatmulKind::i8_to_i8 || kind == MatmulKind::i8_to_i16 ||
         kind == MatmulKind::i8_to_i32;
}

GemmTile tile_of(const MatmulShape& tile, MatmulKind kind, int panel_tiles) {
  GemmTile result;
  result.m = tile.m;
  result.k = tile.k;
  result.n = tile.n;
  result.a_element_bytes = result.b_element_bytes = is_int8(kind) ? 1 : 2;
  result.c_element_bytes = result_bytes(kind);
  if (!is_int8(kind)) {  // mmul 4x8x4
    result.b = {8, 4};
    result.c = {4, 4};
  }
  result.panel_tiles = panel_tiles;
  return result;
}

CoreKernel timed_kernel(const char* name, std::vector<std::size_t> buffer_bytes) {
  constexpr std::size_t kStack = 512, kProgram = 4096;
  return {name, "timed_matmul.o", std::move(buffer_bytes), 0, kStack, kProgram, nullptr};
}

}  // namespace

ArrayPlan timed_matmul_plan(const GemmShape& shape, const MatmulShape& tile, MatmulKind kind,
                            int panel_tiles) {
  const GemmTile sizes = tile_of(tile, kind, panel_tiles);
  const auto bytes = [](std::int64_t rows, std::int64_t columns, std::int64_t element_bytes) {
    return static_cast<std::size_t>(rows * columns * element_bytes);
  };
  const std::size_t a = bytes(tile.m, tile.k, sizes.a_element_bytes);
  const std::size_t b = bytes(tile.k, tile.n, sizes.b_element_bytes);
  const std::size_t c = bytes(tile.m, tile.n, sizes.c_element_bytes);
  return gemm_plan(shape, sizes,
                   {timed_kernel("zero", {c}), timed_kernel("multiply", {a, b, c}), std::nullopt});
}

double simulated_matmul_tops(const ArrayPlan& plan, const GemmShape& shape, const MatmulShape& tile,
                             MatmulKind kind, Grade grade, double clock_ghz) {
  require_valid(plan);
  const auto multiply = std::llround(matmul_cycles(tile, kind, grade));
  const std::int64_t zero =
      static_cast<std::int64_t>(tile.m) * tile.n * result_bytes(kind) / kStoreBytes;
  SimOptions options;
  options.timing_only = true;
  options.cycles = [&](const CoreKernel& kernel, std::span<std::byte* const>,
                       std::span<const std::int32_t>) {
    return kernel.name == "multiply" ? std::int64_t{multiply} : zero;
  };
  const SimResult result = simulate(plan, {}, options);
  const double operations = 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.k) *
                            static_cast<double>(shape.n);
  return operations / result.array_microseconds(clock_ghz) * 1e-6;
}

std::vector<CalibrationPoint> simulated_calibration_points() {
  struct Published {
    const char* name;
    MatmulKind kind;
    MatmulShape tile;
    GemmShape shape;
    int panel_tiles;
    double tops;
  };
  // Panels of about 224 along k, as the paper found for bf16, where they divide 4032.
  constexpr Published kPublished[] = {
      {"int8 to int8", MatmulKind::i8_to_i8, {112, 112, 112}, {4032, 4032, 4032}, 2, 6.52},
      {"int8 to int16", MatmulKind::i8_to_i16, {96, 112, 96}, {4224, 4032, 4224}, 2, 5.85},
      {"int8 to int32", MatmulKind::i8_to_i32, {80, 88, 96}, {4160, 4048, 4224}, 2, 4.42},
      {"bf16", MatmulKind::bf16, {96, 56, 96}, {4224, 4032, 4224}, 4, 3.12}};
  constexpr double kPaperClockGhz = 1.0, kBand = 0.08;
  std::vector<CalibrationPoint> points;
  for (const Published& p : kPublished) {
    const ArrayPlan plan = timed_matmul_plan(p.shape, p.tile, p.kind, p.panel_tiles);
    const double tops =
        simulated_matmul_tops(plan, p.shape, p.tile, p.kind, Grade::chess, kPaperClockGhz);
    points.push_back(
        {"4032^3 on 16 cores, simulated", p.name, "TOPS", p.tops, tops, kBand, "arXiv 2512.13282"});
  }
  return points;
}

}  // namespace tessera::compute::npu
