#include "src/whisper/stream/stream_buffer.h"

#include <gtest/gtest.h>

namespace tessera::whisper {
namespace {

TEST(StreamBuffer, KeepsItsPlaceInTheStream) {
  StreamBuffer buffer;
  buffer.push(std::vector<float>(16000, 1));
  buffer.push(std::vector<float>(8000, 2));
  EXPECT_EQ(buffer.end(), 24000);
  buffer.cut(0.75);
  EXPECT_DOUBLE_EQ(buffer.begin_s(), 0.75);
  EXPECT_DOUBLE_EQ(buffer.end_s(), 1.5);
  EXPECT_DOUBLE_EQ(buffer.length_s(), 0.75);
  EXPECT_EQ(buffer.samples()[3999], 1);
  EXPECT_EQ(buffer.samples()[4000], 2);
}

TEST(StreamBuffer, CutsWithinWhatThereIs) {
  StreamBuffer buffer;
  buffer.push(std::vector<float>(16000));
  buffer.cut(0.5);
  buffer.cut(0.25);
  EXPECT_DOUBLE_EQ(buffer.begin_s(), 0.5) << "what is dropped does not come back";
  buffer.cut(-1);
  EXPECT_DOUBLE_EQ(buffer.begin_s(), 0.5);
  buffer.cut(9);
  EXPECT_DOUBLE_EQ(buffer.begin_s(), 1);
  EXPECT_TRUE(buffer.samples().empty());
  buffer.push(std::vector<float>(160));
  EXPECT_EQ(buffer.end(), 16160);
}

}  // namespace
}  // namespace tessera::whisper
