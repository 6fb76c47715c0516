#include "src/compute/npu/cost/matmul_cost.h"

#include <string>

#include "src/compute/npu/cost/core_cost.h"
#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

// One block of accumulators: rows x columns of mmul's tiles, r x s x t of the operands.
struct Block {
  int rows, columns, r, s, t;
};

// Native shapes (aie_api). 8 or 16 accumulators of 32 or 16 lanes: what fits into 9 registers.
Block block_of(MatmulKind kind) {
  switch (kind) {
    case MatmulKind::bf16:
    case MatmulKind::bf16_to_f32:
      return {4, 4, 4, 8, 4};
    case MatmulKind::i16:
      return {2, 2, 4, 4, 4};  // of open-xdna's kernel, mlir-aie's mm.cc
    case MatmulKind::i8_to_i8:
    case MatmulKind::i8_to_i16:
    case MatmulKind::i8_to_i32:
      break;
  }
  return {4, 2, 4, 8, 8};
}

struct Form {
  double step;   // cycles of a step of k
  double group;  // of filling and emptying the accumulators
};

// arXiv 2512.13282, 12 kernels. The slots alone give 22, 30, 78 and 30 (14 for the loop, the
// stores, C's loads); fitted are 23, 38, 74 and 30, each the least of the largest residual.
Form chess_form(MatmulKind kind) {
  switch (kind) {
    case MatmulKind::i8_to_i8:
      return {8, 23};
    case MatmulKind::i8_to_i16:
      return {8, 38};
    case MatmulKind::i8_to_i32:
      return {8, 74};
    case MatmulKind::bf16:
      return {16, 30};
    case MatmulKind::bf16_to_f32:
      return {16, 14 + 32 + 32};
    case MatmulKind::i16:
      break;
  }
  return {4, 90};
}

// ignite-xdna, 8 kernels compiled from mlir-aie's mm.cc: int8 takes 9 bundles and 0.6 bank stalls,
// bf16 spills half of its accumulators. Wider results: as many stores and loads more as chess has.
Form peano_form(MatmulKind kind) {
  switch (kind) {
    case MatmulKind::i8_to_i8:
      return {9.6, 88};
    case MatmulKind::i8_to_i16:
      return {9.6, 88 + 8};
    case MatmulKind::i8_to_i32:
      return {9.6, 88 + 56};
    case MatmulKind::bf16:
      return {32, 90};
    case MatmulKind::bf16_to_f32:
      return {32, 90 + 48};
    case MatmulKind::i16:
      break;
  }
  return {4, 90};
}

struct Trips {
  double groups, steps;
};

int divided_up(int size, int by) { return (size + by - 1) / by; }

Trips trips_of(const MatmulShape& shape, const Block& block) {
  if (shape.m < 1 || shape.k < 1 || shape.n < 1) {
    throw Error(ErrorCode::bad_argument,
                "matmul: expected sizes of at least 1, got " + std::to_string(shape.m) + "x" +
                    std::to_string(shape.k) + "x" + std::to_string(shape.n));
  }
  return {static_cast<double>(divided_up(shape.m, block.rows * block.r)) *
              divided_up(shape.n, block.columns * block.t),
          static_cast<double>(divided_up(shape.k, block.s))};
}

// Of 256 bits, which a tile of an operand or of a result takes.
int vectors(int elements, int bytes) { return divided_up(elements * bytes, 32); }

bool is_float(MatmulKind kind) {
  return kind == MatmulKind::bf16 || kind == MatmulKind::bf16_to_f32;
}

int operand_bytes(MatmulKind kind) { return is_float(kind) || kind == MatmulKind::i16 ? 2 : 1; }

bool adds_to_c(MatmulKind kind) {
  return kind == MatmulKind::i8_to_i32 || kind == MatmulKind::bf16_to_f32;
}

}  // namespace

int result_bytes(MatmulKind kind) {
  if (kind == MatmulKind::i8_to_i8) return 1;
  return adds_to_c(kind) ? 4 : 2;
}

double matmul_cycles(const MatmulShape& shape, MatmulKind kind, Grade grade) {
  const Trips trips = trips_of(shape, block_of(kind));
  if (grade == Grade::unpipelined) return kernel_cycles(matmul_counts(shape, kind), grade);
  if (grade == Grade::hand && kind == MatmulKind::bf16) {
    // ignite-xdna: 282 cycles for 256 vmac.f. One pipeline runs through all groups: it is filled,
    // drained and set up once.
    return trips.groups * trips.steps * 16 + 26;
  }
  const Form form = grade == Grade::peano ? peano_form(kind) : chess_form(kind);
  return trips.groups * (trips.steps * form.step + form.group) + kCallCycles;
}

KernelCounts matmul_counts(const MatmulShape& shape, MatmulKind kind) {
  const Block block = block_of(kind);
  const Trips trips = trips_of(shape, block);
  const auto groups = static_cast<std::int64_t>(trips.groups);
  const std::int64_t tiles = static_cast<std::int64_t>(block.rows) * block.columns;
  const int bytes = operand_bytes(kind);
  LoopCounts loop;
  loop.name = "k";
  loop.entries = groups;
  loop.trips = groups * static_cast<std::int64_t>(trips.steps);
  loop.issued.loads = loop.trips * (block.rows * vectors(block.r * block.s, bytes) +
                                    block.columns * vectors(block.s * block.t, bytes));
  const bool floats = is_float(kind);
  (floats ? loop.issued.float_products : loop.issued.products) = loop.trips * tiles;
  loop.recurrence = floats ? Recurrence::float_sum : Recurrence::integer_sum;
  KernelCounts counts;
  counts.kernel = "matmul";
  counts.calls = 1;
  counts.outside.stores = groups * tiles * vectors(block.r * block.t, result_bytes(kind));
  if (adds_to_c(kind)) counts.outside.accumulator_loads = counts.outside.stores;
  counts.loops.push_back(loop);
  return counts;
}

}  // namespace tessera::compute::npu
