// Weights that no file holds as they are: computed or decompressed into memory of the model's own.
#pragma once

#include <memory>
#include <span>

#include "src/base/aligned_buffer.h"
#include "src/compute/weights.h"

namespace tessera::whisper {

/// Gives a slot a float32 tensor of its shape, kept alive by `weights`, and returns its values, not
/// yet set, for the caller to fill. The caller has checked that the shape is one that a file
/// justifies: this allocates it. Throws std::bad_alloc.
inline std::span<float> own_tensor(compute::ModelWeights& weights,
                                   const compute::WeightSlot& slot) {
  const auto count = static_cast<std::size_t>(slot.shape[0] * slot.shape[1] * slot.shape[2]);
  std::shared_ptr<std::byte> memory(base::allocate_aligned(count * sizeof(float)).release(),
                                    base::FreeDeleter());
  *slot.view = {.dtype = compute::DType::f32, .shape = slot.shape, .data = memory.get()};
  auto* values = reinterpret_cast<float*>(memory.get());
  weights.storage.push_back(std::move(memory));
  return {values, count};
}

}  // namespace tessera::whisper
