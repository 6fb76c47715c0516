// What the suites that time whole engines have in common.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/peak.h"
#include "bench/report.h"
#include "src/compute/device.h"

namespace tessera::bench {

struct EngineOptions {
  std::string model = "random:base";
  std::string precision = "int8";
  std::string isa;  ///< the highest instruction set that may run; empty: all, or $TESSERA_ISA
  int threads = 0;  ///< 0: one per core
  int batch = 1;    ///< windows, or streams, at a time
  int iterations = 11;
};

/// Weights of any model that Tessera loads.
std::shared_ptr<const compute::ModelWeights> load_weights(const std::string& model);

/// A log-mel of (n_mels, 2 n_audio_ctx) as speech has them in its sizes and its smoothness.
compute::Tensor made_up_mel(const compute::ModelDims& dims, unsigned seed);

/// Cosine of two lists of numbers.
double cosine(std::span<const float> a, std::span<const float> b);

/// "i8", "bf16" or "f32": of PeakTable.
std::string peak_numbers(compute::Precision precision);

/// The encoder of the cpu device: a window, its parts, and loading.
Report run_encoder(const EngineOptions& options, PeakTable& peak);

}  // namespace tessera::bench
