// The encoder's layers on one block of 48 positions.
#pragma once

#include "src/compute/cpu/conv_stem.h"
#include "src/compute/cpu/encoder_state.h"
#include "src/compute/cpu/stage_times.h"
#include "src/compute/cpu/window.h"

namespace tessera::compute::cpu {

/// Memory of one thread.
struct BlockScratch {
  BlockScratch(const ModelDims& dims, const PrecisionPlan& plan);

  StemScratch stem;
  base::AlignedBytes mixed;      ///< (width, 48) f32
  base::AlignedBytes hidden;     ///< (kHiddenGroup, 48) f32
  base::AlignedBytes head;       ///< (64, 48) f32
  base::AlignedBytes attention;  ///< kLaneAttentionScratchBytes
  OperandBuffer input, hidden_input;
  StageTimes times;
};

/// A block of one window, and its residual stream (width, 48) f32.
struct BlockPlace {
  int window = 0;
  int block = 0;
  float* x = nullptr;
};

class EncoderPass {
 public:
  EncoderPass(const KernelSet& kernels, const PackedWeights& store, const EncoderPack& pack,
              const PrecisionPlan& plan, const ModelDims& dims)
      : kernels_(kernels), store_(store), pack_(pack), plan_(plan), dims_(dims) {}

  /// Attention over `heads`, output projection and feed-forward of a layer.
  void run_layer(std::size_t layer, const BlockPlace& place, SelfHeads& heads,
                 BlockScratch& scratch) const;
  /// Queries, keys and values of a layer.
  void project(std::size_t layer, const BlockPlace& place, SelfHeads& heads,
               BlockScratch& scratch) const;
  /// Keys and values that the decoder's layers read.
  void project_cross(const BlockPlace& place, std::vector<CrossHeads>& cross,
                     BlockScratch& scratch) const;

  StemContext stem() const { return {kernels_, store_, pack_, dims_}; }

 private:
  void attend(Number number, const BlockPlace& place, int head, SelfHeads& heads, float* out,
              BlockScratch& scratch) const;
  void store_query(Number number, const BlockPlace& place, int head, const float* x,
                   SelfHeads& heads) const;
  void store_key(Number number, const BlockPlace& place, int head, const float* x,
                 SelfHeads& heads) const;
  void feed_forward(std::size_t layer, float* x, BlockScratch& scratch) const;
  kernels::LaneNorm norm() const {
    return pack_.rotated ? kernels::LaneNorm::rms : kernels::LaneNorm::layer;
  }
  int tokens(int block) const;
  /// How the self-attention wants keys and values.
  bool keys_in_rows(Number number) const;

  const KernelSet& kernels_;
  const PackedWeights& store_;
  const EncoderPack& pack_;
  const PrecisionPlan& plan_;
  const ModelDims& dims_;
};

}  // namespace tessera::compute::cpu
