#include "src/compute/npu/cost/array_cost.h"

#include <cmath>

#include "src/compute/npu/cost/clock.h"
#include "src/compute/npu/cost/dma_cost.h"

namespace tessera::compute::npu {
double array_matmul_tops(const MatmulShape& tile, MatmulKind kind, Grade grade, int depth,
                         int cores, double clock_ghz) {
  const double calls = static_cast<double>(depth) / tile.k;
  const double call = matmul_cycles(tile, kind, grade) + 2 * kFifoHandshakeCycles;  // A and B
  const std::int64_t result = static_cast<std::int64_t>(tile.m) * tile.n * result_bytes(kind);
  const double cycles = calls * call * (1 + kDmaStallShare) +
                        static_cast<double>(dma_cycles(result) + kFifoHandshakeCycles);
  const double operations = 2 * tile.products() * calls * cores;
  return operations / cycles * clock_ghz * 1e-3;
}

double one_core_matmul_us(const MatmulShape& whole, const MatmulShape& tile, MatmulKind kind,
                          Grade grade, double clock_ghz) {
  const double calls = std::ceil(static_cast<double>(whole.m) / tile.m) *
                       std::ceil(static_cast<double>(whole.k) / tile.k) *
                       std::ceil(static_cast<double>(whole.n) / tile.n);
  return microseconds(calls * matmul_cycles(tile, kind, grade), clock_ghz);
}

}  // namespace tessera::compute::npu
