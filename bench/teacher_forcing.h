// Precisions judged by text: what each says of float32's transcripts, and what it hears by itself.
#pragma once

#include <string>
#include <vector>

#include "bench/model_accuracy.h"
#include "src/compute/tensor.h"

namespace tessera::bench {

/// The log-mel of a recording's first 30 s, (n_mels, 3000).
compute::Tensor first_window(const std::string& sound, int n_mels);

/// For each precision, on the first 30 s of all sounds, against the cpu device in float32: see
/// run_model_accuracy.
std::vector<Row> run_teacher_forcing(const ModelAccuracyOptions& options);

}  // namespace tessera::bench
