#include "src/whisper/published_models.h"

#include <gtest/gtest.h>

#include "src/whisper/download/sha256.h"
#include "src/whisper/official_models.h"

namespace tessera::whisper {
namespace {

TEST(PublishedModels, AreTheOfficialOnes) {
  ASSERT_EQ(published_models().size(), 14u);
  for (const PublishedModel& model : published_models()) {
    EXPECT_NE(find_official_model(model.name), nullptr) << model.name;
    EXPECT_EQ(parse_sha256(model.sha256), model.sha256) << model.name;
    EXPECT_EQ(find_published_model(model.name), &model);
  }
  for (const OfficialModel& model : official_models()) {
    EXPECT_NE(find_published_model(model.name), nullptr) << model.name;
  }
  EXPECT_EQ(find_published_model("bas"), nullptr);
}

TEST(PublishedModels, TwoNamesMayMeanOneFile) {
  EXPECT_EQ(published_path(*find_published_model("large")),
            published_path(*find_published_model("large-v3")));
  EXPECT_EQ(published_path(*find_published_model("turbo")),
            "/main/whisper/models/"
            "aff26ae408abcba5fbf8813c21e62b0941638c5f6eebfb145be0c9839262a19a/large-v3-turbo.pt");
}

}  // namespace
}  // namespace tessera::whisper
