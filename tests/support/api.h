// What the tests of the C++ and the C interface share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tessera/error.h"
#include "tessera/options.h"

namespace tessera::test {

/// A model that takes milliseconds per window.
inline constexpr const char* kSmallModel = "random:tiny,width=64,layers=1";

/// A tone that swells, so that windows differ.
inline std::vector<float> tone(double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * 16000));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 16000;
    samples[i] = static_cast<float>(0.3 * std::sin(2 * M_PI * 300 * t) * std::sin(0.7 * t));
  }
  return samples;
}

/// Greedy, a few tokens a window, nothing refused: quick, and each window gives a segment.
inline Options quick_options() {
  Options options;
  options.language = "en";
  options.max_tokens = 5;
  options.beam_size = 1;
  options.temperatures = {0.0};
  options.timestamps = false;
  options.no_speech_threshold.reset();
  options.max_repeated_windows = 0;  // random models know little to say
  return options;
}

/// The code of the Error that `action` throws, whose message must be one line.
inline ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    EXPECT_STRNE(error.what(), "");
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::internal;
}

}  // namespace tessera::test
