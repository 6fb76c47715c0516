// How far a device's precisions are from plain float32 on a whole model.
#pragma once

#include <string>
#include <vector>

#include "bench/report.h"

namespace tessera::bench {

struct ModelAccuracyOptions {
  std::string model;
  std::string device = "cpu";       ///< that is judged; one whose decoder is the cpu device's
  std::vector<std::string> sounds;  ///< recordings; none: made-up log-mels
  std::vector<std::string> precisions = {"bf16", "int8"};
  int windows = 4;  ///< of each kind that are looked at most
  int threads = 0;
  int max_tokens = 100;  ///< per window, of the transcripts
};

/// For each precision, against the device `reference`, per window: relative error of the encoder's
/// output, mean and worst cosine of its positions, the worst layer's cosine of keys (less their
/// mean, which attention does not see) and values of the cross-attention. With sounds also, against
/// float32 on the cpu device: the share of positions with the same likeliest token when both read
/// float32's transcript, the mean difference of its tokens' log-probabilities, transcripts that
/// change, and transcripts that repeat themselves (compression ratio above 2.4) in both.
Report run_model_accuracy(const ModelAccuracyOptions& options);

}  // namespace tessera::bench
