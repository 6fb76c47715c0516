#include "src/base/cache_places.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <optional>
#include <string>

namespace tessera::base {
namespace {

/// The environment of a test, put back at its end.
class CachePlaces : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"TESSERA_CACHE", "XDG_CACHE_HOME", "HOME"}) {
      const char* value = ::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      ::unsetenv(name);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) {
      value ? ::setenv(name, value->c_str(), 1) : ::unsetenv(name);
    }
  }
  std::map<const char*, std::optional<std::string>> before_;
};

TEST_F(CachePlaces, TheFirstThatIsKnownCounts) {
  EXPECT_EQ(own_cache(), "");
  EXPECT_EQ(user_caches(), "");
  ::setenv("HOME", "/home/me", 1);
  EXPECT_EQ(user_caches(), "/home/me/.cache");
  EXPECT_EQ(own_cache(), "/home/me/.cache/tessera");
  ::setenv("XDG_CACHE_HOME", "/caches", 1);
  EXPECT_EQ(user_caches(), "/caches");
  EXPECT_EQ(own_cache(), "/caches/tessera");
  ::setenv("TESSERA_CACHE", "/mine", 1);
  EXPECT_EQ(user_caches(), "/caches");
  EXPECT_EQ(own_cache(), "/mine");
  ::setenv("TESSERA_CACHE", "", 1);
  EXPECT_EQ(own_cache(), "/caches/tessera") << "empty is as good as not set";
}

}  // namespace
}  // namespace tessera::base
