#include <gtest/gtest.h>

#include "apps/cli/stream_output.h"

namespace tessera::cli {
namespace {

TEST(LastColumns, FitOnTheTerminal) {
  EXPECT_EQ(last_columns("hello", 9), "hello");
  EXPECT_EQ(last_columns("hello", 5), "hello");
  EXPECT_EQ(last_columns("hello", 3), "llo");
  EXPECT_EQ(last_columns("hello", 0), "");
  EXPECT_EQ(last_columns("", 3), "");
}

TEST(LastColumns, CutNoCharacter) {
  EXPECT_EQ(last_columns("aäöü", 2), "öü");
  EXPECT_EQ(last_columns("日本語", 4), "本語") << "two columns each";
  EXPECT_EQ(last_columns("日本語", 5), "本語");
}

}  // namespace
}  // namespace tessera::cli
