// A model as the engines of the cpu device compute with it: folded, packed, shared by all.
#pragma once

#include <memory>
#include <optional>

#include "src/compute/cpu/decoder_net.h"
#include "src/compute/cpu/encoder_weights.h"

namespace tessera::compute::cpu {

/// Which engines a model is packed for.
struct ModelParts {
  bool encoder = true;
  bool decoder = true;
};

class CpuModel {
 public:
  /// Lays the weights out; they are there after `pack`. Throws Error{unsupported} for a network
  /// that the kernels are not made for.
  CpuModel(std::shared_ptr<const ModelWeights> weights, const PrecisionPlan& plan,
           const KernelSet& kernels, const ModelParts& parts = {});
  CpuModel(const CpuModel&) = delete;
  CpuModel& operator=(const CpuModel&) = delete;

  /// Folds and packs the weights with all threads. Throws Error{bad_file} when one is not finite.
  void pack(base::ThreadPool& pool);

  const std::shared_ptr<const ModelWeights>& weights() const { return weights_; }
  const ModelDims& dims() const { return weights_->dims; }
  const PrecisionPlan& plan() const { return plan_; }
  PackedWeights& store() { return store_; }
  const PackedWeights& store() const { return store_; }
  const EncoderPack& encoder() const { return *encoder_; }
  const DecoderNet& decoder() const { return *decoder_; }

 private:
  std::shared_ptr<const ModelWeights> weights_;
  PrecisionPlan plan_;
  PackedWeights store_;
  std::optional<EncoderPack> encoder_;
  std::optional<DecoderNet> decoder_;
};

/// A model that is laid out and packed.
std::shared_ptr<const CpuModel> packed_model(std::shared_ptr<const ModelWeights> weights,
                                             const PrecisionPlan& plan, const KernelSet& kernels,
                                             base::ThreadPool& pool, const ModelParts& parts = {});

}  // namespace tessera::compute::cpu
