// Trained models that are not part of the project, against openai-whisper with the same weights.
// $TESSERA_CONFORMANCE_MODELS is a folder that holds the model named by each golden file, and the
// recordings in the folders beside it; or that model's own folder.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/support/equality.h"
#include "tests/support/golden.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using testing_support::read_golden;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/trained";

fs::path root() {
  const char* folder = std::getenv("TESSERA_CONFORMANCE_MODELS");
  if (folder == nullptr) throw std::runtime_error("TESSERA_CONFORMANCE_MODELS is not set");
  const fs::path path = fs::canonical(folder);
  return fs::exists(path / "config.json") ? path.parent_path() : path;
}

fs::path find_recording(const std::string& name) {
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    if (entry.path().filename() == name) return entry.path();
  }
  throw std::runtime_error(name + " is not below " + root().string());
}

fs::path model_of(const nlohmann::json& golden) {
  const fs::path model = root() / golden.at("model").at("name").get<std::string>();
  testing_support::expect_same_weights(golden, model);
  return model;
}

TEST(Trained, TokensEqualOpenaiWhispers) {
  const auto golden = read_golden(kGolden / "tiny_en_tokens.json");
  testing_support::Listener listener(model_of(golden).string());
  testing_support::expect_openai_tokens(golden, listener, find_recording);
}

class Trained : public testing::TestWithParam<std::string> {};

TEST_P(Trained, GivesTheSameAsOpenaiWhisper) {
  const auto golden = read_golden(kGolden / (GetParam() + ".json"));
  testing_support::Sounds sounds(kGolden / golden.at("recipes").get<std::string>(), find_recording);
  Transcriber transcriber(Model::load(model_of(golden).string()), {.device = "reference"});
  const auto tally = testing_support::expect_equal_cases(golden, transcriber, sounds, 0, 1);
  EXPECT_GT(tally.cases, 0);
  std::cout << GetParam() << ": " << describe(tally) << "\n";
}

INSTANTIATE_TEST_SUITE_P(TinyEn, Trained,
                         testing::Values("tiny_en_greedy", "tiny_en_beam", "tiny_en_joined"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace tessera
