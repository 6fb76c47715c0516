#include "src/base/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tessera/error.h"

namespace tessera::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class AtomicFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tessera-atomic-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }

  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t count_entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }
  std::string error_of_writing(const fs::path& path, const std::string& contents) const {
    try {
      write_file_atomically(path, contents);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_file);
      EXPECT_THAT(error.what(), StartsWith(path.string() + ": cannot write: "));
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }

  fs::path directory_;
};

TEST_F(AtomicFileTest, WritesAndReplaces) {
  const fs::path path = directory_ / "a.txt";
  write_file_atomically(path, "first");
  EXPECT_EQ(read(path), "first");
  write_file_atomically(path, std::string("se\0cond", 7));
  EXPECT_EQ(read(path), std::string("se\0cond", 7));
  write_file_atomically(path, "");
  EXPECT_EQ(read(path), "");
  EXPECT_EQ(count_entries(), 1u);
}

TEST_F(AtomicFileTest, AppearsOnlyWithCommit) {
  const fs::path path = directory_ / "a.txt";
  AtomicFile file(path);
  AtomicFile moved = std::move(file);
  moved.write("one, ");
  moved.write("two");
  EXPECT_FALSE(fs::exists(path));
  moved.commit();
  EXPECT_EQ(read(path), "one, two");
  EXPECT_EQ(count_entries(), 1u);
}

TEST_F(AtomicFileTest, LeavesTheOldFileWhenAbandoned) {
  const fs::path path = directory_ / "a.txt";
  write_file_atomically(path, "old");
  AtomicFile(path).write("half of the n");
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(count_entries(), 1u);
}

TEST_F(AtomicFileTest, TwoWritersOfOneNameDoNotMix) {
  const fs::path path = directory_ / "a.txt";
  AtomicFile first(path);
  AtomicFile second(path);
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  EXPECT_EQ(read(path), "first");
}

TEST_F(AtomicFileTest, PermissionsFollowTheUmaskOrTheOldFile) {
  const fs::path path = directory_ / "a.txt";
  const mode_t old_mask = ::umask(027);
  write_file_atomically(path, "x");
  ::umask(old_mask);
  struct stat info = {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777u, 0640u);
  ASSERT_EQ(::chmod(path.c_str(), 0604), 0);
  write_file_atomically(path, "y");
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777u, 0604u);
}

TEST_F(AtomicFileTest, NameOfGreatestLength) {
  const fs::path path = directory_ / std::string(255, 'n');
  write_file_atomically(path, "x");
  EXPECT_EQ(read(path), "x");
}

TEST_F(AtomicFileTest, RelativeName) {
  const fs::path before = fs::current_path();
  fs::current_path(directory_);
  write_file_atomically("plain", "x");
  fs::current_path(before);
  EXPECT_EQ(read(directory_ / "plain"), "x");
}

TEST_F(AtomicFileTest, SymbolicLinkIsReplacedNotFollowed) {
  const fs::path outside = directory_ / "outside";
  const fs::path link = directory_ / "link";
  write_file_atomically(outside, "precious");
  fs::create_symlink(outside, link);
  write_file_atomically(link, "new");
  EXPECT_EQ(read(outside), "precious");
  EXPECT_FALSE(fs::is_symlink(link));
  EXPECT_EQ(read(link), "new");
}

TEST_F(AtomicFileTest, MissingDirectory) {
  EXPECT_THAT(error_of_writing(directory_ / "none" / "a.txt", "x"),
              HasSubstr("No such file or directory"));
}

TEST_F(AtomicFileTest, NotARegularFile) {
  EXPECT_THAT(error_of_writing(directory_, "x"), HasSubstr("Is a directory"));
  const fs::path pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(error_of_writing(pipe, "x"), HasSubstr("not a regular file"));
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(AtomicFileTest, WriteProtectedFileIsKept) {
  if (::geteuid() == 0) return;  // root may write everything
  const fs::path path = directory_ / "a.txt";
  write_file_atomically(path, "old");
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  EXPECT_THAT(error_of_writing(path, "new"), HasSubstr("Permission denied"));
  EXPECT_EQ(read(path), "old");
}

// A limit on the size of files fails in the middle of the contents, as a full disk does.
TEST_F(AtomicFileTest, FullDiskLeavesTheOldFileAndNoRest) {
  const fs::path path = directory_ / "a.txt";
  write_file_atomically(path, "old");
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = error_of_writing(path, std::string(10000, 'x'));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr("File too large"));
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(count_entries(), 1u);
}

}  // namespace
}  // namespace tessera::base
