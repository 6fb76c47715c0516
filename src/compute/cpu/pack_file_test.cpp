#include "src/compute/cpu/pack_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

namespace fs = std::filesystem;

class PackFile : public testing::Test {
 protected:
  PackFile() { fs::create_directories(folder_); }
  ~PackFile() override { fs::remove_all(folder_); }

  /// Two arrays, laid out and, with `filled`, with contents.
  void lay_out(PackedWeights& store, bool filled) {
    first_ = store.reserve<int>(3);
    second_ = store.reserve<float>(100000);
    if (!filled) return;
    store.add_task([&] { std::fill_n(store.writable(first_), 3, 7); });
    store.add_task([&] { std::fill_n(store.writable(second_), 100000, 0.5f); });
    store.fill(pool_);
  }
  void write(const std::string& key) {
    PackedWeights store;
    lay_out(store, true);
    write_pack(path_, key, store, pool_);
  }
  bool adopts(const std::string& key) {
    PackedWeights store;
    lay_out(store, false);
    if (!adopt_pack(path_, key, store, pool_)) return false;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(store.at(second_)) % 64, 0u);
    EXPECT_EQ(store.at(first_)[2], 7);
    EXPECT_EQ(store.at(second_)[99999], 0.5f);
    return true;
  }
  void change_byte(std::uintmax_t at) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  fs::path folder_ = fs::temp_directory_path() / ("tessera_pack_" + std::to_string(getpid()));
  fs::path path_ = folder_ / "model.pack";
  base::ThreadPool pool_{3};
  PackedArray<int> first_;
  PackedArray<float> second_;
};

TEST_F(PackFile, IsTakenAsItWasWritten) {
  write("key");
  EXPECT_TRUE(adopts("key"));
}

TEST_F(PackFile, IsNotTakenForAnotherModelOrWhenThereIsNone) {
  EXPECT_FALSE(adopts("key"));
  write("key");
  EXPECT_FALSE(adopts("kez"));
  EXPECT_FALSE(adopts("key "));
  PackedWeights other;
  other.reserve<int>(3);
  EXPECT_FALSE(adopt_pack(path_, "key", other, pool_));
}

TEST_F(PackFile, NoDamagedByteIsTaken) {
  write("key");
  const std::uintmax_t size = fs::file_size(path_);
  for (const std::uintmax_t at :
       {std::uintmax_t{0}, std::uintmax_t{17}, std::uintmax_t{40}, std::uintmax_t{49},
        std::uintmax_t{4096}, std::uintmax_t{4160}, size / 2, size - 1}) {
    change_byte(at);
    EXPECT_FALSE(adopts("key")) << "byte " << at;
    change_byte(at);
    EXPECT_TRUE(adopts("key"));
  }
}

TEST_F(PackFile, NoShortenedOrLongerFileIsTaken) {
  for (const std::uintmax_t less : {1, 64, 400000, 404000}) {
    write("key");
    fs::resize_file(path_, fs::file_size(path_) - less);
    EXPECT_FALSE(adopts("key")) << less;
  }
  write("key");
  fs::resize_file(path_, fs::file_size(path_) + 1);
  EXPECT_FALSE(adopts("key"));
  fs::resize_file(path_, 0);
  EXPECT_FALSE(adopts("key"));
}

TEST_F(PackFile, AFolderThatIsNotThereIsAnError) {
  PackedWeights store;
  lay_out(store, true);
  EXPECT_THROW(write_pack(folder_ / "none" / "model.pack", "key", store, pool_), Error);
}

TEST(Checksum, DependsOnEveryByteAndItsPlace) {
  base::ThreadPool pool(2);
  std::vector<std::byte> bytes((std::size_t{1} << 20) + 77);
  const std::uint64_t zeros = checksum(bytes, pool);
  for (std::size_t at : {std::size_t{0}, std::size_t{31}, std::size_t{1} << 19, bytes.size() - 1}) {
    bytes[at] = std::byte{1};
    EXPECT_NE(checksum(bytes, pool), zeros) << at;
    std::swap(bytes[at], bytes[at ^ 8]);
    EXPECT_NE(checksum(bytes, pool), zeros) << at;
    bytes[at ^ 8] = std::byte{0};
  }
  bytes.pop_back();
  EXPECT_NE(checksum(bytes, pool), zeros);
}

}  // namespace
}  // namespace tessera::compute::cpu
