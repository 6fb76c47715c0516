#include "src/compute/npu/cost/body_cost.h"

#include "src/compute/npu/cost/core_cost.h"

namespace tessera::compute::npu {
namespace {

IssueCounts times(const IssueCounts& issued, std::int64_t trips) {
  return {.loads = trips * issued.loads,
          .accumulator_loads = trips * issued.accumulator_loads,
          .gathers = trips * issued.gathers,
          .stores = trips * issued.stores,
          .moves = trips * issued.moves,
          .products = trips * issued.products,
          .float_products = trips * issued.float_products,
          .scalars = trips * issued.scalars,
          .scalar_products = trips * issued.scalar_products,
          .scalar_divisions = trips * issued.scalar_divisions,
          .scalar_floats = trips * issued.scalar_floats};
}

}  // namespace

Body row_max_body() { return {"row max", 32, {.loads = 2, .moves = 1}, Recurrence::vector_move}; }

Body exp_table_bf16_body() {
  return {"exp of two tables, bf16",
          16,
          {.loads = 1, .gathers = 8, .stores = 7, .moves = 12, .float_products = 3},
          Recurrence::none};
}

Body exp_cubic_bf16_body() {
  return {"exp of a cubic, bf16",
          16,
          {.loads = 1, .stores = 6, .moves = 10, .float_products = 6},
          Recurrence::none};
}

Body exp_table_i8_body() {
  return {"exp of one table, int16 to uint8",
          32,
          {.loads = 2, .gathers = 8, .stores = 8, .moves = 9, .products = 1},
          Recurrence::none};
}

Body scale_by_reciprocal_body() {
  return {"times a reciprocal, bf16",
          16,
          {.loads = 1, .stores = 1, .moves = 1, .float_products = 2},
          Recurrence::none};
}

Body requantise_body() { return {"requantise to int8", 32, {.stores = 1}, Recurrence::none}; }

double body_cycles(const Body& body, std::int64_t elements, Grade grade) {
  LoopCounts loop;
  loop.name = body.name;
  loop.entries = 1;
  loop.trips = (elements + body.lanes - 1) / body.lanes;
  loop.recurrence = body.recurrence;
  loop.issued = times(body.issued, loop.trips);
  return loop_cycles(loop, grade);
}

}  // namespace tessera::compute::npu
