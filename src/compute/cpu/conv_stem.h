// The two convolutions in front of the encoder, on blocks of 48 positions in lanes.
//
// The second convolution takes every other frame. So frames are kept as two planes, even and odd
// times: its output i reads the first's outputs 2i - 1, 2i and 2i + 1, which are odd[i - 1],
// even[i] and odd[i]; and what the first reads for those are mel odd[i - 1], even[i], odd[i] and
// even[i + 1]. Blocks of a plane follow each other in lanes without steps.
#pragma once

#include "src/compute/cpu/encoder_weights.h"
#include "src/compute/tensor.h"

namespace tessera::compute::cpu {

/// The first convolution's output of one window.
class StemPlanes {
 public:
  StemPlanes(Number number, int width, int blocks);

  std::byte* even(int block) { return even_.get() + static_cast<std::size_t>(block) * bytes_; }
  std::byte* odd(int block) { return odd_.get() + static_cast<std::size_t>(block) * bytes_; }
  std::size_t block_bytes() const { return bytes_; }

 private:
  std::size_t bytes_;
  base::AlignedBytes even_, odd_;
};

/// Memory of one thread.
struct StemScratch {
  StemScratch(const ModelDims& dims, Number number);

  base::AlignedBytes frames;  ///< (4 x n_mels, 48) f32
  base::AlignedBytes conv;    ///< (width, 48) f32
  OperandBuffer operand;      ///< of max(4 n_mels, 3 width) channels
};

/// What the stem needs besides a window.
struct StemContext {
  const KernelSet& kernels;
  const PackedWeights& store;
  const EncoderPack& pack;
  const ModelDims& dims;
};

/// gelu(conv1) of positions [48 block, 48 block + 48) of both planes. `mel` is (n_mels, frames).
/// Returns whether all of the frames it read are finite.
bool run_conv1(const StemContext& context, const TensorView& mel, int block, StemPlanes& planes,
               StemScratch& scratch);

/// gelu(conv2) + positions of a block, into `out` (width, 48). All blocks of conv1 are there.
void run_conv2(const StemContext& context, StemPlanes& planes, int block, StemScratch& scratch,
               float* out);

}  // namespace tessera::compute::cpu
