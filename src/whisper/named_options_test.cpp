#include "tessera/named_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>

namespace tessera {
namespace {

// The members of a structure as its header declares them, so that none can be forgotten here.
std::vector<std::string> declared_members(const std::string& header, const std::string& structure) {
  std::ifstream file(std::string(TESSERA_SOURCE_DIR "/include/tessera/") + header);
  const std::regex member(R"(^  [A-Za-z_:][A-Za-z0-9_:<>]* ([a-z][a-z_]*)( = .*)?;.*$)");
  std::vector<std::string> names;
  std::string line;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line == "struct " + structure + " {") inside = true;
    if (line == "};") inside = false;
    std::smatch match;
    if (inside && std::regex_match(line, match, member)) names.push_back(match[1]);
  }
  return names;
}

template <class Structure>
void expect_complete(const std::string& header, const std::string& structure) {
  Structure options;
  std::vector<std::string> names;
  for (const NamedOption& option : named_options(options)) names.emplace_back(option.name);
  EXPECT_FALSE(names.empty());
  EXPECT_EQ(names, declared_members(header, structure)) << structure;
}

TEST(NamedOptions, AreTheMembersInOrder) {
  expect_complete<Options>("options.h", "Options");
  expect_complete<DeviceOptions>("transcriber.h", "DeviceOptions");
  expect_complete<ConvertOptions>("convert.h", "ConvertOptions");
  expect_complete<DownloadOptions>("download.h", "DownloadOptions");
  expect_complete<SubtitleLayout>("writers.h", "SubtitleLayout");
}

TEST(NamedOptions, EachLeadsToAMemberOfItsOwn) {
  Options options;
  std::vector<const void*> places;
  for (const NamedOption& option : named_options(options)) {
    const void* place = std::visit([](auto* value) -> const void* { return value; }, option.value);
    EXPECT_GE(place, static_cast<const void*>(&options)) << option.name;
    EXPECT_LT(place, static_cast<const void*>(&options + 1)) << option.name;
    // In the order of declaration addresses rise, so a pointer to a wrong member shows.
    EXPECT_TRUE(places.empty() || places.back() < place) << option.name;
    places.push_back(place);
  }
}

}  // namespace
}  // namespace tessera
