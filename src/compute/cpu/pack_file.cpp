#include "src/compute/cpu/pack_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "src/base/atomic_file.h"
#include "src/base/mapped_file.h"
#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

/// What a file begins with; then comes the key, and at `offset` the weights.
struct Header {
  char magic[16] = {'T', 'E', 'S', 'S', 'E', 'R', 'A', ' ', 'P', 'A', 'C', 'K', '\n'};
  std::uint64_t key_bytes = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

/// Weights begin at a page, so that they are aligned wherever the file is mapped.
constexpr std::size_t kPage = 4096;

std::size_t offset_behind(std::size_t key_bytes) {
  return (sizeof(Header) + key_bytes + kPage - 1) / kPage * kPage;
}

/// Four chains at a time, so that multiplications overlap. The constants are odd and have many
/// bits, so that every bit reaches others: the golden ratio's and the square root of 3's.
std::uint64_t checksum_of_part(std::span<const std::byte> bytes) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15, kRoot3 = 0xbb67ae8584caa73b;
  constexpr std::size_t kChains = 4;
  std::uint64_t chains[kChains] = {kGolden, kRoot3, ~kGolden, ~kRoot3};
  std::size_t at = 0;
  for (; at + sizeof chains <= bytes.size(); at += sizeof chains) {
    std::uint64_t words[kChains];
    std::memcpy(words, bytes.data() + at, sizeof words);
    for (std::size_t i = 0; i < kChains; ++i) {
      chains[i] = std::rotl(chains[i] ^ words[i], 29) * kGolden;
    }
  }
  std::uint64_t sum = bytes.size();
  for (; at < bytes.size(); ++at) sum = (sum ^ static_cast<std::uint64_t>(bytes[at])) * kRoot3;
  for (const std::uint64_t chain : chains) sum = std::rotl(sum ^ chain, 31) * kRoot3;
  return sum ^ (sum >> 32);
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes, base::ThreadPool& pool) {
  constexpr std::size_t kPart = std::size_t{1} << 20;
  std::vector<std::uint64_t> parts((bytes.size() + kPart - 1) / kPart);
  pool.parallel_for(parts.size(), [&](std::size_t i) {
    parts[i] =
        checksum_of_part(bytes.subspan(i * kPart).first(std::min(kPart, bytes.size() - i * kPart)));
  });
  return checksum_of_part(std::as_bytes(std::span(parts)));
}

bool adopt_pack(const std::filesystem::path& path, const std::string& key, PackedWeights& store,
                base::ThreadPool& pool) try {
  const auto file = std::make_shared<const base::MappedFile>(path);
  const std::span<const std::byte> bytes = file->bytes();
  Header header;
  if (bytes.size() < sizeof header) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  const bool fits = std::memcmp(header.magic, Header{}.magic, sizeof header.magic) == 0 &&
                    header.key_bytes == key.size() && header.offset == offset_behind(key.size()) &&
                    header.bytes == store.bytes() && bytes.size() == header.offset + header.bytes;
  if (!fits || std::memcmp(bytes.data() + sizeof header, key.data(), key.size()) != 0) return false;
  const std::span<const std::byte> weights = bytes.subspan(header.offset);
  if (checksum(weights, pool) != header.checksum) return false;
  store.adopt(weights.data(), file);
  return true;
} catch (const Error&) {
  return false;  // there is no such file, or it cannot be read
}

void write_pack(const std::filesystem::path& path, const std::string& key,
                const PackedWeights& store, base::ThreadPool& pool) {
  const std::span<const std::byte> weights(store.data(), store.bytes());
  Header header;
  header.key_bytes = key.size();
  header.offset = offset_behind(key.size());
  header.bytes = weights.size();
  header.checksum = checksum(weights, pool);
  base::AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(key);
  file.write(std::string(header.offset - sizeof header - key.size(), '\0'));
  file.write(weights);
  file.commit();
}

}  // namespace tessera::compute::cpu
