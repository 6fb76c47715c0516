// The whole way of the data, timed stage by stage.
#pragma once

#include <string>

#include "bench/report.h"
#include "tessera/transcriber.h"

namespace tessera::bench {

struct PipelineOptions {
  std::string model = "random:tiny";
  DeviceOptions device;
  int iterations = 5;
  int max_tokens = 100;  ///< per window, as a random model never ends by itself
  int batch = 1;         ///< windows of 30 s, decoded at the same time
};

/// Transcribes windows of made-up sound again and again, after one run that is not counted.
/// Every run must give the tokens of the first, or Error{internal} is thrown.
Report run_pipeline(const PipelineOptions& options);

}  // namespace tessera::bench
