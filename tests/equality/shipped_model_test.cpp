// The shipped model through our engine against the same model in transformers and openai-whisper.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "src/whisper/model_catalog.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"
#include "tests/support/golden.h"

namespace tessera {
namespace {

using testing_support::Listener;
using testing_support::read_golden;

const std::filesystem::path kGolden = std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/golden";
const std::filesystem::path kModel =
    std::filesystem::path(TESSERA_SOURCE_DIR) / "models" / whisper::kShippedModel;

std::filesystem::path recording(const std::string& name) { return kGolden / "recordings" / name; }

/// Token by token, on the device of that name.
class ShippedModelTokens : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Reference, ShippedModelTokens, testing::Values("reference"));
INSTANTIATE_TEST_SUITE_P(Cpu, ShippedModelTokens, testing::Values("cpu"));

TEST_P(ShippedModelTokens, AreThoseOfTransformers) {
  const auto golden = read_golden(kGolden / "shipped_transformers.json");
  testing_support::expect_same_weights(golden, kModel);
  Listener listener(kModel.string(), GetParam());
  ASSERT_EQ(golden.at("recordings").size(), 20u);
  for (const auto& expected : golden.at("recordings")) {
    const std::string name = expected.at("file");
    const auto text = listener.decode(listener.encode(recording(name)), false,
                                      golden.at("max_tokens").get<int>());
    testing_support::expect_same_tokens(text.tokens, expected.at("tokens"), expected.at("gaps"),
                                        name);
  }
}

TEST(ShippedModel, GivesTransformersEncoderStates) {
  const auto golden = read_golden(kGolden / "shipped_transformers.json").at("encoder");
  Listener listener(kModel.string());
  const auto window = listener.encode(recording(golden.at("file")));
  const auto& positions = golden.at("positions");
  const auto& channels = golden.at("channels");
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    for (std::size_t j = 0; j < channels.size(); ++j) {
      const double ours = window->states().row<float>(positions[i])[channels[j].get<std::size_t>()];
      const double theirs = golden.at("values")[i][j];
      difference += (ours - theirs) * (ours - theirs);
      size += theirs * theirs;
    }
  }
  ASSERT_GT(size, 0);
  EXPECT_LT(std::sqrt(difference / size), 1e-4);
}

TEST_P(ShippedModelTokens, AreThoseOfOpenaiWhisper) {
  const auto golden = read_golden(kGolden / "shipped_openai_tokens.json");
  testing_support::expect_same_weights(golden, kModel);
  Listener listener(kModel.string(), GetParam());
  testing_support::expect_openai_tokens(golden, listener, recording);
}

std::string written(const Result& result, OutputFormat format) {
  std::ostringstream out;
  write_result(result, format, out);
  return out.str();
}

void expect_near(const nlohmann::json& ours, const nlohmann::json& theirs) {
  ASSERT_EQ(ours.at("segments").size(), theirs.at("segments").size());
  for (std::size_t i = 0; i < ours.at("segments").size(); ++i) {
    const auto& a = ours.at("segments")[i];
    const auto& b = theirs.at("segments")[i];
    EXPECT_EQ(a.size(), b.size()) << "keys of segment " << i;
    for (const char* key :
         {"id", "seek", "start", "end", "text", "tokens", "temperature", "compression_ratio"}) {
      EXPECT_EQ(a.at(key), b.at(key)) << key;
    }
    EXPECT_NEAR(a.at("avg_logprob").get<double>(), b.at("avg_logprob").get<double>(), 1e-4);
    EXPECT_NEAR(a.at("no_speech_prob").get<double>(), b.at("no_speech_prob").get<double>(), 1e-4);
  }
}

class ShippedModelOn : public testing::TestWithParam<DeviceOptions> {};
INSTANTIATE_TEST_SUITE_P(Devices, ShippedModelOn,
                         testing::Values(DeviceOptions{.device = "reference"},
                                         DeviceOptions{.device = "cpu", .precision = "f32"}),
                         [](const auto& info) { return info.param.device; });

TEST_P(ShippedModelOn, WritesOpenaiWhispersTranscripts) {
  const auto golden = read_golden(kGolden / "shipped_openai_transcripts.json");
  testing_support::expect_same_weights(golden, kModel);
  Transcriber transcriber(Model::load(kModel.string()), GetParam());
  ASSERT_FALSE(golden.at("transcripts").empty());
  for (const auto& expected : golden.at("transcripts")) {
    SCOPED_TRACE(expected.at("file").get<std::string>());
    Options options;
    options.language = "en";
    options.condition_on_previous_text = expected.at("condition_on_previous_text");
    options.beam_size = 1;  // as the data were made
    options.temperatures = {0};
    const Result result =
        transcriber.transcribe_file(recording(expected.at("file")).string(), options);
    for (const OutputFormat format :
         {OutputFormat::txt, OutputFormat::srt, OutputFormat::vtt, OutputFormat::tsv}) {
      EXPECT_EQ(written(result, format),
                expected.at("writers").at(output_format_name(format)).get<std::string>());
    }
    expect_near(nlohmann::json::parse(written(result, OutputFormat::json)), expected.at("result"));
  }
}

}  // namespace
}  // namespace tessera
