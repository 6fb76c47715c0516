// The encoder's layers, folded and packed as its plan says.
#pragma once

#include <memory>
#include <vector>

#include "src/compute/cpu/lane_linear.h"

namespace tessera::compute::cpu {

struct EncoderLayerPack {
  LaneLinear query, key, value, out, up;
  std::vector<LaneLinear> down;  ///< of kHiddenGroup inputs each, the last of the rest
  PackedArray<float> smallest;   ///< (heads): see LanePackValuesParams
};

struct CrossPack {
  LaneLinear key, value;
  PackedArray<float> smallest;  ///< (heads)
};

class EncoderPack {
 public:
  /// Reserves memory in `store` and adds the tasks that fill it.
  EncoderPack(const std::shared_ptr<const ModelWeights>& weights, const PrecisionPlan& plan,
              const KernelSet& kernels, PackedWeights& store);

  LaneLinear conv1, conv2;       ///< taps x channels in, the channels of a tap together
  PackedArray<float> positions;  ///< (blocks, width, 48)
  std::vector<EncoderLayerPack> layers;
  std::vector<CrossPack> cross;
  bool rotated = false;  ///< the residual stream, see fold.h
  int blocks = 0;        ///< of 48 positions
};

}  // namespace tessera::compute::cpu
