#include "src/whisper/download/part_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "src/whisper/test_folder.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

void never_wait(std::uint64_t /*bytes*/) { FAIL() << "nobody else has the file"; }

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PartFile, GoesOnWhereItStopped) {
  const TestFolder folder;
  const fs::path target = folder.path() / "a.pt";
  {
    PartFile part = PartFile::open(target, never_wait);
    part.restart("https://x/", "\"1\"");
    part.append(bytes("first "));
  }
  EXPECT_EQ(contents(folder.path() / "a.pt.part"), "first ");
  PartFile part = PartFile::open(target, never_wait);
  EXPECT_EQ(part.size_bytes(), 6u);
  EXPECT_EQ(part.etag_from("https://x/"), "\"1\"");
  EXPECT_EQ(part.etag_from("https://y/"), "");
  part.append(bytes("second"));
  EXPECT_FALSE(fs::exists(target));
  part.commit();
  EXPECT_EQ(contents(target), "first second");
  EXPECT_FALSE(fs::exists(folder.path() / "a.pt.part"));
  EXPECT_FALSE(fs::exists(folder.path() / "a.pt.part.etag"));
}

TEST(PartFile, RestartForgets) {
  const TestFolder folder;
  folder.write("a.pt.part", "old bytes");
  PartFile part = PartFile::open(folder.path() / "a.pt", never_wait);
  part.restart("https://x/", "\"1\"");
  part.restart("https://x/", "");
  EXPECT_EQ(part.size_bytes(), 0u);
  EXPECT_EQ(part.etag_from("https://x/"), "");
  part.append(bytes("new"));
  EXPECT_EQ(contents(part.path()), "new");
}

TEST(PartFile, NothingIsLeftOfNothing) {
  const TestFolder folder;
  { const PartFile part = PartFile::open(folder.path() / "a.pt", never_wait); }
  PartFile part = PartFile::open(folder.path() / "b.pt", never_wait);
  part.restart("https://x/", "\"1\"");
  part.append(bytes("x"));
  part.discard();
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(PartFile, WaitsForItsOwner) {
  const TestFolder folder;
  const fs::path target = folder.path() / "a.pt";
  std::optional<PartFile> first(PartFile::open(target, never_wait));
  first->append(bytes("12345"));
  struct GivenUp {};
  std::uint64_t seen = 0;
  EXPECT_THROW(PartFile::open(target,
                              [&](std::uint64_t size) {
                                seen = size;
                                throw GivenUp();
                              }),
               GivenUp);
  EXPECT_EQ(seen, 5u);
  EXPECT_EQ(contents(first->path()), "12345");

  // The owner puts it in its place; whoever waited must not write into that.
  const PartFile second = PartFile::open(target, [&](std::uint64_t /*size*/) {
    first->commit();
    first.reset();
  });
  EXPECT_EQ(second.size_bytes(), 0u);
  EXPECT_EQ(contents(target), "12345");
}

TEST(PartFile, OtherThingsInItsPlaceAreErrors) {
  const TestFolder folder;
  const fs::path elsewhere = folder.write("elsewhere", "precious");
  fs::create_symlink(elsewhere, folder.path() / "a.pt.part");
  const auto open = [&] { PartFile::open(folder.path() / "a.pt", never_wait); };
  EXPECT_THAT(error_of(open), HasSubstr("a.pt.part: cannot write: "));
  fs::remove(folder.path() / "a.pt.part");
  fs::create_directory(folder.path() / "a.pt.part");
  EXPECT_THAT(error_of(open), HasSubstr("a.pt.part: cannot write: "));
  EXPECT_THAT(error_of([&] { PartFile::open(folder.path() / "none/a.pt", never_wait); }),
              HasSubstr("none/a.pt.part: cannot write: No such file"));
  EXPECT_EQ(contents(elsewhere), "precious");
}

}  // namespace
}  // namespace tessera::whisper
