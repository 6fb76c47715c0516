// Options that only faster-whisper has, against faster-whisper with the shipped model, greedily and
// at temperature 0. Where it differs by design (docs/equality.md) nothing is compared.
#include <gtest/gtest.h>

#include <iostream>

#include "src/whisper/model_catalog.h"
#include "tessera/transcriber.h"
#include "tests/support/golden.h"
#include "tests/support/named_options.h"
#include "tests/support/sounds.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden";

/// Its log-mel is computed in another order of sums, which shows in the fourth digit of scores.
constexpr double kTolerance = 1e-3;

/// faster-whisper drops segments without text; openai-whisper, and we, empty them.
std::vector<Segment> with_text(const std::vector<Segment>& segments) {
  std::vector<Segment> kept;
  for (const Segment& segment : segments) {
    if (!segment.text.empty()) kept.push_back(segment);
  }
  return kept;
}

json tokens_of(const std::vector<Segment>& segments) {
  json tokens = json::array();
  for (const Segment& segment : segments) tokens.push_back({segment.seek_frames, segment.tokens});
  return tokens;
}

json tokens_of(const json& segments) {
  json tokens = json::array();
  for (const json& segment : segments) tokens.push_back({segment["seek"], segment["tokens"]});
  return tokens;
}

void expect_same_segment(const Segment& ours, const json& theirs) {
  EXPECT_EQ(ours.text, theirs.at("text").get<std::string>());
  EXPECT_DOUBLE_EQ(ours.start_s, theirs.at("start").get<double>());
  EXPECT_DOUBLE_EQ(ours.end_s, theirs.at("end").get<double>());
  EXPECT_DOUBLE_EQ(ours.compression_ratio, theirs.at("compression_ratio").get<double>());
  EXPECT_NEAR(ours.avg_logprob, theirs.at("avg_logprob").get<double>(), kTolerance);
  EXPECT_NEAR(ours.no_speech_prob, theirs.at("no_speech_prob").get<double>(), kTolerance);
}

bool has_tie(const json& gaps) {
  for (const json& gap : gaps) {
    if (gap.get<double>() < testing_support::kTie) return true;
  }
  return false;
}

/// Returns whether the transcriptions are equal; a difference that a tie explains is printed.
bool expect_same(const Result& ours, const json& theirs) {
  EXPECT_EQ(ours.language, theirs.at("language")[0].get<std::string>());
  EXPECT_NEAR(ours.language_probability, theirs.at("language")[1].get<double>(), kTolerance);
  const auto segments = with_text(ours.segments);
  const json& expected = theirs.at("segments");
  if (tokens_of(segments) != tokens_of(expected)) {
    if (has_tie(theirs.at("gaps"))) {
      std::cout << "exception: a tie, gaps " << theirs.at("gaps") << "\n";
      return false;
    }
    ADD_FAILURE() << "got " << tokens_of(segments) << "\nexpected " << tokens_of(expected)
                  << "\ngaps " << theirs.at("gaps");
    return false;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) expect_same_segment(segments[i], expected[i]);
  return true;
}

class FasterWhisper : public testing::TestWithParam<DeviceOptions> {};
INSTANTIATE_TEST_SUITE_P(Reference, FasterWhisper,
                         testing::Values(DeviceOptions{.device = "reference"}),
                         [](const auto&) { return "pebble"; });
INSTANTIATE_TEST_SUITE_P(Cpu, FasterWhisper,
                         testing::Values(DeviceOptions{.device = "cpu", .precision = "f32"}),
                         [](const auto&) { return "pebble"; });

TEST_P(FasterWhisper, GivesTheSameWithItsOptions) {
  const auto golden = testing_support::read_golden(kGolden / "equality/faster_whisper.json");
  const fs::path directory = fs::path(TESSERA_SOURCE_DIR) / "models" / whisper::kShippedModel;
  testing_support::expect_same_weights(golden, directory);
  testing_support::Sounds sounds(
      kGolden / "equality" / golden.at("recipes").get<std::string>(),
      [](const std::string& name) { return kGolden / "recordings" / name; });
  Transcriber transcriber(Model::load(directory.string()), GetParam());
  int identical = 0;
  for (const json& expected : golden.at("cases")) {
    if (HasFailure() && GTEST_FLAG_GET(fail_fast)) break;
    json named = golden.at("defaults");
    named.update(expected.at("options"));
    const std::string sound = expected.at("sound");
    SCOPED_TRACE(sound + " " + expected.at("options").dump());
    const auto samples = testing_support::as_floats(sounds.samples(sound));
    const Result result =
        transcriber.transcribe_samples(samples, testing_support::named_options(named));
    identical += expect_same(result, expected) ? 1 : 0;
  }
  std::cout << identical << " of " << golden.at("cases").size()
            << " transcriptions are identical\n";
  EXPECT_GT(identical, 0);
}

}  // namespace
}  // namespace tessera
