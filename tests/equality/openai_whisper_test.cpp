// The same transcriptions as openai-whisper: tokens, windows, temperatures, scores, words and
// files, with the shipped model and with random models of every vocabulary.
#include <gtest/gtest.h>

#include <iostream>

#include "src/whisper/model_catalog.h"
#include "tests/support/equality.h"
#include "tests/support/golden.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing_support::read_golden;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden";

/// Every `parts`-th case of a golden file, from `part` on.
struct Share {
  std::string golden;
  int part, parts;
};

void PrintTo(const Share& share, std::ostream* out) {
  *out << share.golden << ", part " << share.part + 1 << " of " << share.parts;
}

std::vector<Share> shares() {
  const std::vector<std::pair<std::string, int>> goldens = {
      {"pebble_greedy", 3}, {"pebble_beam", 4},         {"pebble_options", 2},
      {"pebble_ladder", 2}, {"pebble_words", 2},        {"pebble_silence", 1},
      {"random_en", 1},     {"random_multilingual", 1}, {"random_v3", 1}};
  std::vector<Share> all;
  for (const auto& [golden, parts] : goldens) {
    for (int part = 0; part < parts; ++part) all.push_back({golden, part, parts});
  }
  return all;
}

Model load_model(const nlohmann::json& golden) {
  const auto& about = golden.at("model");
  if (about.contains("load")) return Model::load(about["load"].get<std::string>());
  const fs::path directory = fs::path(TESSERA_SOURCE_DIR) / "models" / whisper::kShippedModel;
  testing_support::expect_same_weights(golden, directory);
  return Model::load(directory.string());
}

/// Which device listens: the oracle, and the fast one in float32.
using Listener = std::tuple<Share, DeviceOptions>;
class OpenaiWhisper : public testing::TestWithParam<Listener> {};

TEST_P(OpenaiWhisper, GivesTheSame) {
  const auto [share, device] = GetParam();
  const auto golden = read_golden(kGolden / "equality" / (share.golden + ".json"));
  testing_support::Sounds sounds(
      kGolden / "equality" / golden.at("recipes").get<std::string>(),
      [](const std::string& name) { return kGolden / "recordings" / name; });
  Transcriber transcriber(load_model(golden), device);
  const auto tally =
      testing_support::expect_equal_cases(golden, transcriber, sounds, share.part, share.parts);
  EXPECT_GT(tally.cases, 0);
  std::cout << share.golden << ": " << describe(tally) << "\n";
}

std::string name_of(const testing::TestParamInfo<Listener>& info) {
  const Share& share = std::get<Share>(info.param);
  return share.golden + "_" + std::to_string(share.part);
}

INSTANTIATE_TEST_SUITE_P(Reference, OpenaiWhisper,
                         testing::Combine(testing::ValuesIn(shares()),
                                          testing::Values(DeviceOptions{.device = "reference"})),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Cpu, OpenaiWhisper,
                         testing::Combine(testing::ValuesIn(shares()),
                                          testing::Values(DeviceOptions{.device = "cpu",
                                                                        .precision = "f32"})),
                         name_of);

TEST(Goldens, CoverSixtyRecordings) {
  for (const char* name : {"pebble_greedy.json", "pebble_beam.json"}) {
    EXPECT_GE(read_golden(kGolden / "equality" / name).at("sounds").size(), 60u) << name;
  }
}

TEST(Goldens, SoundsAreThoseOfTheScripts) {
  const auto golden = read_golden(kGolden / "equality/pebble_greedy.json");
  testing_support::Sounds sounds(kGolden / "equality/sounds.json", [](const std::string& name) {
    return kGolden / "recordings" / name;
  });
  for (const auto& sound : golden.at("sounds")) {
    const std::string name = sound.at("name");
    EXPECT_EQ(testing_support::checksum(sounds.samples(name)), sound.at("crc32").get<unsigned>())
        << name;
  }
}

TEST(Goldens, ReachEveryRuleAndBranch) {
  std::map<std::string, int> acted;
  for (const char* name : {"random_en", "random_multilingual", "random_v3"}) {
    const auto golden = read_golden(kGolden / "equality" / (std::string(name) + ".json"));
    int windows = 0;
    for (const auto& each : golden.at("cases")) windows += static_cast<int>(each["windows"].size());
    EXPECT_GE(windows, 10) << name;
    for (const char* counts : {"rules_acted", "branches"}) {
      for (const auto& [rule, count] : golden.at(counts).items()) acted[rule] += count.get<int>();
    }
  }
  EXPECT_EQ(acted.size(), 15u);
  for (const auto& [rule, count] : acted) EXPECT_GT(count, 0) << rule;
}

}  // namespace
}  // namespace tessera
