// Trained models that are not part of the project, against openai-whisper with the same weights.
// $TESSERA_CONFORMANCE_MODELS is a folder that holds the model named by each golden file, and the
// recordings in the folders beside it; or that model's own folder.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/golden.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/conformance";

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

TEST(Conformance, TokensEqualOpenaiWhispers) {
  std::size_t models = 0;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    const auto golden = testing_support::read_golden(entry.path());
    const fs::path model = root() / golden.at("model").at("name").get<std::string>();
    SCOPED_TRACE(model.string());
    testing_support::expect_same_weights(golden, model);
    testing_support::Listener listener(model.string());
    testing_support::expect_openai_tokens(golden, listener, find_recording);
    ++models;
  }
  EXPECT_GT(models, 0u) << "no golden data in " << kGolden;
}

}  // namespace
}  // namespace tessera
