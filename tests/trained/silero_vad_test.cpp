// Silero VAD's own weights against onnxruntime. They are where `tessera download silero-vad` puts
// them, or the file $TESSERA_SILERO_VAD.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>

#include "src/whisper/download/package_file.h"
#include "src/whisper/download/sha256.h"
#include "src/whisper/recording.h"
#include "src/whisper/vad/silero_net.h"
#include "src/whisper/vad/vad_weights.h"
#include "tests/support/golden.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = TESSERA_SOURCE_DIR;

fs::path find_recording(const std::string& name) {
  const fs::path golden = kSource / "tests/golden/recordings" / name;
  return fs::exists(golden) ? golden : kSource / "models/pebble" / name;
}

TEST(SileroVad, EqualsOnnxruntime) {
  const char* const given = std::getenv("TESSERA_SILERO_VAD");
  const fs::path weights = whisper::find_vad_weights(given == nullptr ? "" : given);
  const auto golden = testing_support::read_golden(kSource / "tests/golden/silero_vad.json");
  ASSERT_EQ(whisper::sha256_of_file(weights), golden.at("weights_sha256"));
  ASSERT_EQ(whisper::sha256_of_file(weights), whisper::kSileroVad.sha256);
  const whisper::SileroNet net{whisper::SileroWeights(weights)};
  double largest = 0;
  for (const auto& row : golden.at("trained")) {
    const whisper::Recording recording =
        whisper::open_recording(find_recording(row.at("file")).string(), -1);
    whisper::SpeechProbabilities stream(net);
    std::vector<float> found, chunk(16000);
    for (std::size_t count; (count = recording.read(chunk)) > 0;) {
      stream.push(std::span(chunk).first(count), found);
    }
    stream.finish(found);
    const std::vector<double> expected = row.at("probabilities");
    ASSERT_EQ(found.size(), expected.size()) << row.at("file");
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], expected[i], 1e-4) << row.at("file") << " frame " << i;
      largest = std::max(largest, std::abs(found[i] - expected[i]));
    }
  }
  EXPECT_GT(golden.at("trained").size(), 0U);
  std::cout << "largest difference " << largest << "\n";
}

}  // namespace
}  // namespace tessera
