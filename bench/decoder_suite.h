// The cpu device's decoder, token by token.
#pragma once

#include <string>

#include "bench/report.h"

namespace tessera::bench {

struct DecoderOptions {
  std::string model = "random:base";
  std::string precision = "int8";
  std::string isa;     ///< the highest instruction set that may run; empty: all, or $TESSERA_ISA
  int threads = 0;     ///< 0: one per core
  int batch = 1;       ///< windows
  int beams = 1;       ///< streams over each window
  int tokens = 100;    ///< per stream, one a step
  int iterations = 5;  ///< times that they are decoded
};

/// Time per token of all streams together, after a prompt that is not counted, and the bytes of
/// weights, keys and values that a step streams from memory per second. Windows are made up. The
/// last logits are compared with the same in float32 before anything counts; Error{internal} when
/// their cosine is too low.
Report run_decoder(const DecoderOptions& options);

}  // namespace tessera::bench
