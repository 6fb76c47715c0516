#include "apps/cli/byte_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace tessera::cli {
namespace {

TEST(FormatBytes, TakesTheUnitThatLeavesOneToThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.0 kB");
  EXPECT_EQ(format_bytes(999'949), "999.9 kB");
  EXPECT_EQ(format_bytes(999'950), "1.0 MB");
  EXPECT_EQ(format_bytes(145'262'807), "145.3 MB");
  EXPECT_EQ(format_bytes(3'087'371'615), "3.1 GB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
}

}  // namespace
}  // namespace tessera::cli
