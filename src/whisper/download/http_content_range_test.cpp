#include <gtest/gtest.h>

#include "src/whisper/download/http_fetch.h"

namespace tessera::whisper {
namespace {

TEST(ContentRange, IsRead) {
  const auto range = parse_content_range("bytes 100-999/1000");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first_byte, 100u);
  EXPECT_EQ(range->size_bytes, 1000u);
  const auto unknown = parse_content_range("bytes 18446744073709551614-18446744073709551615/*");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->first_byte, 18446744073709551614u);
  EXPECT_FALSE(unknown->size_bytes);
}

TEST(ContentRange, NonsenseIsNone) {
  for (const char* text :
       {"", "bytes", "bytes */1000", "bytes 0-9", "bytes 0-9/", "bytes 0-9/9", "bytes 9-8/10",
        "bytes -1-8/10", "bytes 0-+8/10", "bytes 0-8/10 ", "bytes  0-8/10", "items 0-8/10",
        "bytes 0-8/18446744073709551616", "bytes 0-8/**", "bytes a-b/c"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

}  // namespace
}  // namespace tessera::whisper
