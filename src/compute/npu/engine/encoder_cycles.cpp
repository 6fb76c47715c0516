#include "src/compute/npu/engine/encoder_cycles.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "src/compute/npu/cost/core_cost.h"
#include "src/compute/npu/engine/emulated_array.h"

namespace tessera::compute::npu {
namespace {

constexpr std::int64_t kHead = 64;

/// The first core of the plan, with a place for every argument of a kernel.
class OneCore {
 public:
  OneCore(const ArrayPlan& plan, EmulatedArray& array) : array_(array) {
    const Core& core = plan.cores[0];
    for (const LocalBuffer& buffer : core.buffers) {
      buffers_.push_back(array.place(0, buffer.name, static_cast<std::size_t>(buffer.bytes)));
    }
    for (const Fifo& fifo : plan.fifos) {
      const bool reads = std::find(fifo.consumers.begin(), fifo.consumers.end(), core.tile) !=
                         fifo.consumers.end();
      if (!reads && fifo.producer != core.tile) continue;
      const std::int64_t bytes = reads ? fifo.consumer_depth * fifo.consumer_bytes
                                       : fifo.producer_depth * fifo.object_bytes;
      std::byte*& place = !reads ? c : fifo.name.starts_with('a') ? a : b;
      place = array.place(0, fifo.name, static_cast<std::size_t>(bytes));
    }
  }

  void call(const CoreKernel& kernel, const std::vector<std::byte*>& places,
            const std::vector<std::int32_t>& scalars = {}) {
    array_.start(0, kernel, places, scalars);
    array_.finish(0);
  }
  std::byte* sums() const { return buffers_[0]; }
  std::byte* parameters() const { return buffers_[1]; }
  std::byte* queries() const { return buffers_[2]; }
  std::byte* state() const { return buffers_[3]; }

  std::byte *a = nullptr, *b = nullptr, *c = nullptr;

 private:
  EmulatedArray& array_;
  std::vector<std::byte*> buffers_;  ///< in the order of encoder_plan
};

void product(const EncoderShape& shape, const EncoderKernels& k, OneCore& core) {
  core.call(k.begin, {core.b, core.sums(), core.parameters()});
  core.call(k.multiply, {core.a, core.b, core.sums()});
  const auto store = [&](const CoreKernel& kernel, std::int64_t parts) {
    for (std::int32_t part = 0; part < parts; ++part) {
      core.call(kernel, {core.sums(), core.parameters(), core.c}, {part});
    }
  };
  store(k.store, shape.element_bytes);
  store(k.store_gelu, shape.element_bytes);
  store(k.store_wide, 2);
}

void attention(const EncoderShape& shape, const EncoderKernels& k, OneCore& core) {
  const std::int64_t rows = kPanelBytes / (kHead * shape.element_bytes);
  for (std::int32_t part = 0; part < shape.element_bytes; ++part) {
    core.call(k.take, {core.a, core.queries()}, {part});
  }
  core.call(k.attend_begin, {core.sums(), core.state()});
  for (std::int64_t first = 0; first < shape.positions; first += rows) {
    const std::int64_t valid = std::min(rows, shape.positions - first);
    core.call(k.attend_keys, {core.queries(), core.b, core.state()},
              {static_cast<std::int32_t>(valid)});
    core.call(k.attend_values, {core.b, core.sums(), core.state()});
  }
  for (std::int32_t part = 0; part < shape.element_bytes; ++part) {
    core.call(k.attend_finish, {core.sums(), core.state(), core.c}, {part});
  }
}

void norm(const EncoderShape& shape, const EncoderKernels& k, OneCore& core) {
  const std::int64_t panels = encoder_layout(shape).width / kHead;
  const std::int64_t parts = 2 / shape.element_bytes;
  core.call(k.norm_begin, {core.state()}, {static_cast<std::int32_t>(shape.d_model)});
  for (std::int64_t i = 0; i < panels; ++i) {
    core.call(k.norm_add, {core.queries(), core.b, core.state(), core.c});
  }
  for (std::int64_t i = 0; i < panels; ++i) {
    core.call(k.norm_write, {core.queries(), core.b, core.state(), core.c},
              {static_cast<std::int32_t>(i % parts)});
  }
}

}  // namespace

std::map<std::string, std::int64_t> encoder_call_cycles(const EncoderShape& shape,
                                                        const EncoderKernels& kernels,
                                                        const ArrayPlan& plan, Grade grade) {
  EmulatedArray array(plan, 0);
  OneCore core(plan, array);
  product(shape, kernels, core);
  attention(shape, kernels, core);
  norm(shape, kernels, core);
  std::map<std::string, std::int64_t> cycles;
  for (const KernelCounts& counts : array.counts()) {
    cycles[counts.kernel] =
        std::llround(kernel_cycles(counts, grade) / static_cast<double>(counts.calls));
  }
  return cycles;
}

}  // namespace tessera::compute::npu
