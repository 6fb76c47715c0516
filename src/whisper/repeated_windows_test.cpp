#include "src/whisper/repeated_windows.h"

#include <gtest/gtest.h>

#include <vector>

namespace tessera::whisper {
namespace {

std::vector<Segment> window(const std::vector<std::string>& texts) {
  std::vector<Segment> segments;
  for (const std::string& text : texts) {
    Segment& segment = segments.emplace_back();
    segment.text = text;
  }
  return segments;
}

TEST(RepeatedWindows, TheThirdInARowIsOneTooMany) {
  RepeatedWindows repeated(2);
  const auto thanks = window({" Thank you."});
  EXPECT_FALSE(repeated.too_many(thanks));
  repeated.add(thanks);
  EXPECT_FALSE(repeated.too_many(thanks));
  repeated.add(window({" THANK you!", "", " Thank you."}));  // all that it says is the same
  EXPECT_TRUE(repeated.too_many(thanks));
  EXPECT_TRUE(repeated.too_many(window({" thank, you"})));
  EXPECT_FALSE(repeated.too_many(window({" Thank you.", " Good bye."})));
  EXPECT_FALSE(repeated.too_many(window({""}))) << "nothing is no repetition";
  repeated.add(window({}));
  EXPECT_TRUE(repeated.too_many(thanks)) << "a window without text is passed over";
  repeated.add(window({" Good bye."}));
  EXPECT_FALSE(repeated.too_many(thanks));
}

TEST(RepeatedWindows, OtherScriptsCount) {
  RepeatedWindows repeated(1);
  repeated.add(window({"ご視聴ありがとうございました"}));
  EXPECT_TRUE(repeated.too_many(window({"ご視聴ありがとうございました."})));
  EXPECT_FALSE(repeated.too_many(window({"ありがとうございました"})));
}

TEST(RepeatedWindows, NoneMeansAnyNumber) {
  RepeatedWindows repeated(0);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(repeated.too_many(window({" la"})));
    repeated.add(window({" la"}));
  }
}

TEST(RepeatedWindows, OnlyBatchesHaveADefault) {
  Options options;
  EXPECT_EQ(max_repeated_windows(options), 0);
  options.batch_size = 2;
  EXPECT_EQ(max_repeated_windows(options), 2);
  options.max_repeated_windows = 0;
  EXPECT_EQ(max_repeated_windows(options), 0);
}

}  // namespace
}  // namespace tessera::whisper
