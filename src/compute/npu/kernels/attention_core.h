// Integer attention of 64 queries on one emulated core, tile after tile: the kernels of
// tile_attention_aie2.h on a memory as they want it.
#pragma once

#include <cstdint>
#include <vector>

#include "src/compute/kernels/tile_attention/octave_softmax.h"
#include "src/compute/npu/emulator/core_state.h"

namespace tessera::compute::npu {

class AttentionCore {
 public:
  AttentionCore();

  /// q: (64, 64) in rows. Forgets what was added.
  void begin(const std::int8_t* q);
  /// k, v: (64, 64) in rows, of which `keys`, 1 to 64, are there. Throws Error{bad_argument} for
  /// other numbers.
  void add(const std::int8_t* k, const std::int8_t* v, int keys, const kernels::OctaveScale& scale);
  /// out: (64, 64) in rows.
  void end(std::int8_t* out);

  /// What the kernels issued: attention_i8_begin, attention_i8_pair, attention_i8_end.
  const std::vector<KernelCounts>& counts() const { return core_.counts(); }
  void clear_counts() { core_.clear_counts(); }

 private:
  template <class T>
  T* place(const char* name, std::size_t bytes, std::size_t bank);

  CoreState core_;
  std::int8_t *q_, *k_, *v_, *out_;
  std::int32_t *sums_, *totals_;
  std::int16_t *bases_, *scores_, *table_ab_, *table_cd_;
  std::uint8_t* weights_;
};

}  // namespace tessera::compute::npu
