#include "src/compute/npu/cost/issue_counts.h"

namespace tessera::compute::npu {

IssueCounts& IssueCounts::operator+=(const IssueCounts& other) {
  loads += other.loads;
  accumulator_loads += other.accumulator_loads;
  gathers += other.gathers;
  stores += other.stores;
  moves += other.moves;
  products += other.products;
  float_products += other.float_products;
  scalars += other.scalars;
  scalar_products += other.scalar_products;
  scalar_divisions += other.scalar_divisions;
  scalar_floats += other.scalar_floats;
  return *this;
}

}  // namespace tessera::compute::npu
