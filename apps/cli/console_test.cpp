#include "apps/cli/console.h"

#include <gtest/gtest.h>

namespace tessera::cli {
namespace {

TEST(Console, FormatsDurations) {
  EXPECT_EQ(format_duration(5.4), "0:05");
  EXPECT_EQ(format_duration(3723), "1:02:03");
}

}  // namespace
}  // namespace tessera::cli
