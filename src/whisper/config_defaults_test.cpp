#include <gtest/gtest.h>

#include <filesystem>

#include "src/whisper/model_catalog.h"

#include "src/whisper/config.h"

namespace tessera::whisper {
namespace {

std::vector<AlignmentHead> heads_of(std::string_view model, std::string_view file_stem) {
  return config_for_dims(find_official_model(model)->dims, file_stem).alignment_heads;
}

TEST(ConfigDefaults, FindsTheOfficialModelInTheFileName) {
  struct Case {
    std::string_view model, file_stem;
  };
  constexpr Case kCases[] = {
      {"tiny.en", "tiny.en"},           {"tiny", "ggml-tiny"},
      {"base.en", "ggml-base.en-q5_1"}, {"base", "ggml-base-q8_0"},
      {"small", "my_small_model"},      {"medium.en", "medium.en"},
      {"large-v1", "ggml-large-v1"},    {"large-v2", "ggml-large-v2-q5_0"},
      {"large-v3", "large-v3"},         {"large-v3", "ggml-large"},
      {"turbo", "large-v3-turbo"},      {"turbo", "ggml-large-v3-turbo-q8_0"},
  };
  for (const auto& [model, file_stem] : kCases) {
    EXPECT_EQ(heads_of(model, file_stem), find_official_model(model)->alignment_heads) << file_stem;
  }
}

TEST(ConfigDefaults, TakesTheLastHalfOfTheLayersOtherwise) {
  // Another model of these sizes, a name inside a word, sizes of another model.
  for (const char* stem : {"fine-tuned", "tinyish", "stiny", "base", "large-v2", ""}) {
    const compute::ModelDims& dims = find_official_model("tiny")->dims;
    const auto heads = heads_of("tiny", stem);
    EXPECT_EQ(heads, default_alignment_heads(dims)) << stem;
    EXPECT_EQ(heads.size(), 12u);
  }
  // v2 is not told from v1 without its number, and is not what "large" means.
  EXPECT_EQ(heads_of("large-v2", "ggml-large").size(), 16u * 20u);
}

TEST(ConfigDefaults, LeavesTheRestToTheVocabulary) {
  const ModelConfig config = config_for_dims(find_official_model("base.en")->dims, "base.en");
  EXPECT_EQ(config.dims, find_official_model("base.en")->dims);
  EXPECT_EQ(config.is_multilingual, false);
  EXPECT_FALSE(config.suppress_tokens || config.begin_suppress_tokens);
  EXPECT_FALSE(config.max_initial_timestamp_index);
  EXPECT_TRUE(config.lang_to_id.empty());
  EXPECT_EQ(config.median_filter_width, 7);
  EXPECT_EQ(config_for_dims(find_official_model("base")->dims, "base").is_multilingual, true);
}

TEST(ConfigForDims, KnowsTheModelThatShips) {
  const ModelConfig own =
      read_model_config(std::filesystem::path(TESSERA_SOURCE_DIR) / "models" / kShippedModel);
  EXPECT_EQ(config_for_dims(own.dims, "ggml-pebble").alignment_heads, own.alignment_heads);
  EXPECT_EQ(config_for_dims(own.dims, "other").alignment_heads, default_alignment_heads(own.dims));
}

}  // namespace
}  // namespace tessera::whisper
