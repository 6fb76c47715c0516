#include "src/base/atomic_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "tessera/error.h"

namespace tessera::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AtomicFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::path(testing::TempDir()) / "tessera-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = fs::canonical(name);
  }
  void TearDown() override { fs::remove_all(root_); }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::ptrdiff_t count(const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), {});
  }
  static std::string error(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error_code_name(error.code())) + ": " + error.what();
    }
    return "";
  }

  fs::path root_;
};

TEST_F(AtomicFolderTest, AppearsAtCommit) {
  const fs::path target = root_ / "new";
  AtomicFolder folder(target);
  write(folder.path() / "a", "text");
  EXPECT_FALSE(fs::exists(target));
  EXPECT_EQ(folder.path().parent_path(), root_) << "a rename needs one file system";
  folder.commit();
  EXPECT_EQ(read(target / "a"), "text");
  EXPECT_EQ(count(root_), 1);
}

TEST_F(AtomicFolderTest, LeavesNothingWithoutCommit) {
  {
    AtomicFolder folder(root_ / "deep" / "er" / "new");
    write(folder.path() / "a", "text");
    EXPECT_TRUE(fs::exists(root_ / "deep" / "er"));
  }
  EXPECT_EQ(count(root_), 0);
}

TEST_F(AtomicFolderTest, MakesParents) {
  AtomicFolder(root_ / "deep" / "er" / "new/").commit();
  EXPECT_TRUE(fs::is_directory(root_ / "deep" / "er" / "new"));
}

TEST_F(AtomicFolderTest, ReplacesAnEmptyFolder) {
  fs::create_directory(root_ / "empty");
  AtomicFolder folder(root_ / "empty");
  write(folder.path() / "a", "text");
  folder.commit();
  EXPECT_EQ(read(root_ / "empty" / "a"), "text");
}

TEST_F(AtomicFolderTest, KeepsAFolderWithFilesUnlessAsked) {
  fs::create_directories(root_ / "old" / "sub");
  write(root_ / "old" / "a", "old");
  EXPECT_THAT(
      error([&] { AtomicFolder folder(root_ / "old"); }),
      HasSubstr("bad_argument: " + (root_ / "old").string() + ": expected an empty folder"));
  {
    AtomicFolder folder(root_ / "old", /*replace=*/true);
    write(folder.path() / "b", "new");
  }
  EXPECT_EQ(read(root_ / "old" / "a"), "old");
  AtomicFolder folder(root_ / "old", /*replace=*/true);
  write(folder.path() / "b", "new");
  folder.commit();
  EXPECT_EQ(count(root_ / "old"), 1);
  EXPECT_EQ(read(root_ / "old" / "b"), "new");
  EXPECT_EQ(count(root_), 1) << "the old one is gone";
}

TEST_F(AtomicFolderTest, DoesNotReplaceWhatCameMeanwhile) {
  AtomicFolder folder(root_ / "new");
  fs::create_directory(root_ / "new");
  write(root_ / "new" / "a", "of somebody else");
  EXPECT_THAT(error([&] { folder.commit(); }), HasSubstr("bad_file: "));
  EXPECT_EQ(read(root_ / "new" / "a"), "of somebody else");
}

TEST_F(AtomicFolderTest, FollowsALinkToAFolder) {
  fs::create_directory(root_ / "real");
  fs::create_directory_symlink(root_ / "real", root_ / "link");
  AtomicFolder folder(root_ / "link");
  write(folder.path() / "a", "text");
  folder.commit();
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
  EXPECT_EQ(read(root_ / "real" / "a"), "text");
}

TEST_F(AtomicFolderTest, RefusesFilesAndTheCurrentFolder) {
  write(root_ / "file", "text");
  EXPECT_THAT(error([&] { AtomicFolder folder(root_ / "file", true); }),
              HasSubstr("bad_argument: " + (root_ / "file").string() + ": expected a folder"));
  EXPECT_THAT(error([&] { AtomicFolder folder(root_ / "file" / "sub"); }), HasSubstr("bad_file: "));
  EXPECT_THAT(error([] { AtomicFolder folder("", true); }), HasSubstr("bad_argument: "));
  EXPECT_THAT(error([] { AtomicFolder folder(".", true); }), HasSubstr("than the current one"));
  EXPECT_THAT(error([] { AtomicFolder folder("/", true); }), HasSubstr("than the current one"));
  EXPECT_THAT(error([] { AtomicFolder folder("/proc/none/new"); }), HasSubstr("cannot write: "));
  EXPECT_EQ(read(root_ / "file"), "text");
}

}  // namespace
}  // namespace tessera::base
