#include "tessera/info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(Info, VersionHasThreeParts) {
  EXPECT_THAT(version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(Info, ReferenceIsAlwaysThere) {
  const std::vector<DeviceInfo> devices = list_devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_TRUE(devices.front().available) << "auto takes the first";
  EXPECT_THAT(devices, ::testing::Contains(::testing::Field(&DeviceInfo::name, "reference")));
}

TEST(Info, Languages) {
  EXPECT_EQ(list_languages().size(), 100u);
  EXPECT_EQ(list_languages().front().code, "en");
  EXPECT_EQ(find_language("German"), "de");
  EXPECT_EQ(find_language("yue"), "yue");
  EXPECT_EQ(find_language("klingon"), "");
  EXPECT_EQ(find_language(""), "");
}

TEST(Info, Cores) { EXPECT_GE(available_cores(), 1); }

}  // namespace
}  // namespace tessera
