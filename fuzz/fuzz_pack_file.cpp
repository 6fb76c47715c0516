// libFuzzer: any bytes, or a good file with any damage, as packed weights. They are taken whole and
// right or not at all.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/pack_file.h"

namespace {

using tessera::compute::cpu::PackedArray;
using tessera::compute::cpu::PackedWeights;

constexpr const char* kKey = "model 1, plan int8";
constexpr std::size_t kCount = 1000;

/// A file that the harness writes again for every input, in memory where there is such a folder.
struct Scratch {
  Scratch() {
    const std::filesystem::path memory = "/dev/shm";
    const bool has_memory = std::filesystem::is_directory(memory);
    path = (has_memory ? memory : std::filesystem::temp_directory_path()) /
           ("tessera_fuzz_pack_" + std::to_string(getpid()));
    PackedWeights store;
    const PackedArray<std::uint32_t> array = store.reserve<std::uint32_t>(kCount);
    store.add_task([&] { std::fill_n(store.writable(array), kCount, 0x01020304u); });
    store.fill(pool);
    tessera::compute::cpu::write_pack(path, kKey, store, pool);
    std::ifstream file(path, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(file), {});
  }
  ~Scratch() { std::filesystem::remove(path); }

  tessera::base::ThreadPool pool{1};
  std::filesystem::path path;
  std::string good;
};

// The first byte 0: the rest is the file. Else: the good file without its last bytes, as many as
// the second says, and then changes of three bytes each, a place and what is flipped there.
std::string file_of(std::span<const std::uint8_t> input, std::string good) {
  if (input.size() < 2 || input[0] == 0) {
    return {reinterpret_cast<const char*>(input.data()), input.size()};
  }
  good.resize(good.size() - input[1]);
  for (input = input.subspan(2); input.size() >= 3; input = input.subspan(3)) {
    const std::size_t place = (std::size_t{input[0]} << 8 | input[1]) % good.size();
    good[place] = static_cast<char>(good[place] ^ input[2]);
  }
  return good;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Scratch scratch;
  const std::string file = file_of({data, size}, scratch.good);
  std::ofstream(scratch.path, std::ios::binary) << file;
  PackedWeights store;
  const PackedArray<std::uint32_t> array = store.reserve<std::uint32_t>(kCount);
  if (tessera::compute::cpu::adopt_pack(scratch.path, kKey, store, scratch.pool)) {
    const std::uint32_t* numbers = store.at(array);
    if (!std::all_of(numbers, numbers + kCount, [](auto n) { return n == 0x01020304u; })) {
      __builtin_trap();  // damage that the checksum let through
    }
  }
  return 0;
}
