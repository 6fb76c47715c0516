#include "apps/cli/console.h"

#include <gtest/gtest.h>

namespace tessera::cli {
namespace {

TEST(Console, FormatsBytesWithThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.00 kB");
  EXPECT_EQ(format_bytes(9994), "9.99 kB");
  EXPECT_EQ(format_bytes(9996), "10.0 kB");
  EXPECT_EQ(format_bytes(151.4e6), "151 MB");
  EXPECT_EQ(format_bytes(999.9e6), "1.00 GB");
  EXPECT_EQ(format_bytes(3.0866e9), "3.09 GB");
  EXPECT_EQ(format_bytes(5e15), "5000 TB");
}

TEST(Console, FormatsDurations) {
  EXPECT_EQ(format_duration(5.4), "0:05");
  EXPECT_EQ(format_duration(3723), "1:02:03");
}

}  // namespace
}  // namespace tessera::cli
