#include "src/whisper/text_measures.h"

#include <gtest/gtest.h>

#include <string>

namespace tessera::whisper {
namespace {

TEST(Strip, RemovesWhatPythonsStripRemoves) {
  EXPECT_EQ(strip("  a b \n"), "a b");
  EXPECT_EQ(strip("\x1c\x1f\t\v\f\ra\x85"), "a\x85");        // a lone byte is no character
  EXPECT_EQ(strip("\u00a0\u2003\u3000\u0085x\u2028"), "x");  // white space beyond ASCII
  EXPECT_EQ(strip("\u200bx\u200b"), "\u200bx\u200b");        // zero width space is not
  EXPECT_EQ(strip(" \t "), "");
  EXPECT_EQ(strip(""), "");
}

// Expected: len(b) / len(zlib.compress(b)) of Python 3.11 with zlib 1.2.13.
TEST(CompressionRatio, EqualsPythonsZlib) {
  EXPECT_EQ(compression_ratio(""), 0.0);
  EXPECT_EQ(compression_ratio("Three seven one."), 16.0 / 24.0);
  std::string loop;
  for (int i = 0; i < 40; ++i) loop += " and the";
  EXPECT_EQ(compression_ratio(loop), 320.0 / 20.0);
}

}  // namespace
}  // namespace tessera::whisper
