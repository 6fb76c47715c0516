#include "src/compute/npu/cost/calibration_points.h"

#include "src/compute/npu/cost/array_cost.h"
#include "src/compute/npu/cost/body_cost.h"
#include "src/compute/npu/cost/clock.h"
#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/cost/dma_cost.h"
#include "src/compute/npu/cost/launch_cost.h"
#include "src/compute/npu/cost/matmul_cost.h"
#include "src/compute/npu/cost/scalar_cost.h"

namespace tessera::compute::npu {
namespace {

using Points = std::vector<CalibrationPoint>;

std::string text_of(const MatmulShape& shape) {
  return std::to_string(shape.m) + "x" + std::to_string(shape.k) + "x" + std::to_string(shape.n);
}

// Products on one core, data in its memory, in multiply-accumulates per cycle.
void add_chess_matmuls(Points& points) {
  struct Published {
    const char* group;
    MatmulKind kind;
    MatmulShape shape;
    double macs_per_cycle;
  };
  constexpr Published kPublished[] = {
      {"matmul int8 to int8, chess", MatmulKind::i8_to_i8, {64, 232, 64}, 233.0},
      {"matmul int8 to int8, chess", MatmulKind::i8_to_i8, {112, 112, 112}, 212.5},
      {"matmul int8 to int8, chess", MatmulKind::i8_to_i8, {112, 104, 128}, 207.4},
      {"matmul int8 to int16, chess", MatmulKind::i8_to_i16, {64, 216, 64}, 217.6},
      {"matmul int8 to int16, chess", MatmulKind::i8_to_i16, {96, 112, 96}, 192.0},
      {"matmul int8 to int16, chess", MatmulKind::i8_to_i16, {80, 104, 128}, 186.9},
      {"matmul int8 to int32, chess", MatmulKind::i8_to_i32, {48, 280, 48}, 192.0},
      {"matmul int8 to int32, chess", MatmulKind::i8_to_i32, {80, 88, 96}, 146.0},
      {"matmul int8 to int32, chess", MatmulKind::i8_to_i32, {64, 80, 128}, 133.1},
      {"matmul bf16, chess", MatmulKind::bf16, {64, 104, 64}, 112.6},
      {"matmul bf16, chess", MatmulKind::bf16, {96, 56, 96}, 99.8},
      {"matmul bf16, chess", MatmulKind::bf16, {96, 48, 112}, 97.3}};
  for (const Published& p : kPublished) {
    const double band = p.kind == MatmulKind::i8_to_i32 ? 0.08 : 0.03;
    points.push_back({p.group, text_of(p.shape), "MAC/cycle", p.macs_per_cycle,
                      p.shape.products() / matmul_cycles(p.shape, p.kind, Grade::chess), band,
                      "arXiv 2512.13282"});
  }
}

void add_peano_matmuls(Points& points) {
  struct Published {
    MatmulShape shape;
    double i8_cycles, bf16_cycles;
  };
  constexpr Published kPublished[] = {{{64, 64, 64}, 2584, 5407},
                                      {{32, 32, 32}, 514, 879},
                                      {{32, 64, 32}, 697, 1418},
                                      {{32, 128, 32}, 1009, 2482}};
  const auto add = [&](const char* group, const MatmulShape& shape, MatmulKind kind,
                       double cycles) {
    points.push_back({group, text_of(shape), "cycles", cycles,
                      matmul_cycles(shape, kind, Grade::peano), 0.04, "ignite-xdna SILICON.md"});
  };
  for (const Published& p : kPublished) {
    add("matmul int8, Peano", p.shape, MatmulKind::i8_to_i8, p.i8_cycles);
  }
  for (const Published& p : kPublished) {
    add("matmul bf16, Peano", p.shape, MatmulKind::bf16, p.bf16_cycles);
  }
}

void add_hand_matmuls(Points& points) {
  constexpr MatmulShape kShape{32, 32, 32};  // 256 vmac.f
  const double cycles = matmul_cycles(kShape, MatmulKind::bf16, Grade::hand);
  points.push_back({"matmul bf16, by hand", text_of(kShape), "cycles", 282, cycles, 0.03,
                    "ignite-xdna SILICON.md"});
  points.push_back({"matmul bf16, by hand", "256 vmac.f in a microkernel", "cycles", 288, cycles,
                    0.03, "tnzr.org XDNA1"});
}

// 1024 int16 scaled by a number: two loads, a product and two stores of 32 lanes.
void add_vector_scale(Points& points) {
  constexpr int kElements = 1024;
  const Body scale = {"scale", 32, {.loads = 2, .stores = 2, .products = 1}, Recurrence::none};
  const char* source = "mlir-aie programming guide 4c";
  points.push_back({"vector scale, int16", "not pipelined", "cycles", 495,
                    body_cycles(scale, kElements, Grade::unpipelined), 0.05, source});
  points.push_back({"vector scale, int16", "pipelined, chess", "cycles", 72,
                    body_cycles(scale, kElements, Grade::chess), 0.05, source});
  points.push_back({"vector scale, int16", "DMA of its input", "cycles", 512,
                    static_cast<double>(dma_cycles(2 * kElements)), 0.05, source});
}

// C = A * B with k of 4032 on 4x4 cores at 1.0 GHz.
void add_arrays(Points& points) {
  struct Published {
    const char* name;
    MatmulKind kind;
    MatmulShape tile;
    double tops;
  };
  constexpr Published kPublished[] = {{"int8 to int8", MatmulKind::i8_to_i8, {112, 112, 112}, 6.52},
                                      {"int8 to int16", MatmulKind::i8_to_i16, {96, 112, 96}, 5.85},
                                      {"int8 to int32", MatmulKind::i8_to_i32, {80, 88, 96}, 4.42},
                                      {"bf16", MatmulKind::bf16, {96, 56, 96}, 3.12}};
  for (const Published& p : kPublished) {
    points.push_back({"4032^3 on 16 cores", p.name, "TOPS", p.tops,
                      array_matmul_tops(p.tile, p.kind, Grade::chess, 4032, 16, kPaperClockGhz),
                      0.08, "arXiv 2512.13282"});
  }
  points.push_back({"int16 512^3 on 1 core", "tiles of 32^3, Peano", "us", 3956,
                    one_core_matmul_us({512, 512, 512}, {32, 32, 32}, MatmulKind::i16, Grade::peano,
                                       kDesktopClockGhz),
                    0.15, "open-xdna RESULTS.md"});
}

void add_scalar_attention(Points& points) {
  const double ms =
      (microseconds(scalar_attention_cycles(64), kDesktopClockGhz) + kLaunchUs) / 1000;
  for (const auto& [name, published] :
       {std::pair{"20 iterations, 2025-10-30", 2.233}, std::pair{"the run of 01:21", 2.108},
        std::pair{"without host copies", 2.08}}) {
    points.push_back({"scalar int8 attention 64^3, with launch", name, "ms", published, ms, 0.10,
                      "Unicorn-Amanuensis"});
  }
}

void add_launches(Points& points) {
  points.push_back(
      {"launch", "single", "us", 120.7, runlist_us(1), 0.01, "open-xdna RESULTS.md, least"});
  points.push_back({"launch", "each of a runlist of 64", "us", 36,
                    runlist_us(kMeasuredRunlist) / static_cast<double>(kMeasuredRunlist), 0.01,
                    "ignite-xdna SILICON.md"});
  points.push_back(
      {"launch", "context switch and back", "us", 2810, kContextSwitchUs, 0.01, "whisper-xdna"});
}

// whisper-xdna's kernels wait for every operation; its clock is not known, taken as 1.0 GHz.
void add_whisper_xdna(Points& points) {
  constexpr int kLanes = 16, kTile = 64 * 64;
  const auto softmax_cycles = [](int elements) {
    return body_cycles(row_max_body(), elements, Grade::unpipelined) +
           body_cycles(exp_table_bf16_body(), elements, Grade::unpipelined) +
           body_cycles(scale_by_reciprocal_body(), elements, Grade::unpipelined);
  };
  constexpr int kMany = 1 << 20;  // so that entries do not matter
  static_assert(kMany % kLanes == 0);
  points.push_back({"softmax bf16, not pipelined", "per element and core", "ns", 5.9,
                    1000 * microseconds(softmax_cycles(kMany), kPaperClockGhz) / kMany, 0.20,
                    "whisper-xdna"});
  const double pair =
      2 * matmul_cycles({64, 64, 64}, MatmulKind::bf16, Grade::peano) + softmax_cycles(kTile);
  for (const auto& [name, published] :
       {std::pair{"chained through memory", 44.0}, std::pair{"fused", 50.0}}) {
    points.push_back({"bf16 attention per 64^3 pair and core", name, "us", published,
                      microseconds(pair, kPaperClockGhz), std::nullopt, "whisper-xdna"});
  }
}

}  // namespace

std::vector<CalibrationPoint> calibration_points() {
  Points points;
  add_chess_matmuls(points);
  add_peano_matmuls(points);
  add_vector_scale(points);
  add_hand_matmuls(points);
  add_arrays(points);
  add_scalar_attention(points);
  add_launches(points);
  add_whisper_xdna(points);
  return points;
}

}  // namespace tessera::compute::npu
