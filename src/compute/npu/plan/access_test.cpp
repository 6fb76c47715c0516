#include "src/compute/npu/plan/access.h"

#include <cstring>

#include "src/compute/npu/plan/builders/host_access.h"
#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"

namespace tessera::compute::npu {
namespace {

std::vector<std::byte> numbered(std::size_t n) {
  std::vector<std::byte> bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::byte>(i % 251);
  return bytes;
}

std::vector<std::byte> read_all(const Access& access, const std::vector<std::byte>& from) {
  std::vector<std::byte> stream(static_cast<std::size_t>(access.stream_bytes()));
  read_stream(access, from.data(), 0, stream);
  return stream;
}

TEST(Access, PutsRowsIntoBlocksAsMmulTakesThem) {
  const auto rows = numbered(12 * 24);
  const Access access = blocked_access(12, 24, 4, 8);
  EXPECT_EQ(access.stream_bytes(), 12 * 24);
  EXPECT_EQ(access.end_bytes(), 12 * 24);
  const auto blocks = read_all(access, rows);
  for (std::size_t i = 0; i < 12; ++i) {
    for (std::size_t j = 0; j < 24; ++j) {
      EXPECT_EQ(blocks[blocked_index(i, j, 24, 4, 8)], rows[i * 24 + j]) << i << ',' << j;
    }
  }
}

TEST(Access, WritingUndoesReading) {
  const auto rows = numbered(16 * 32);
  const Access access = blocked_access(16, 32, 8, 4);
  const auto stream = read_all(access, rows);
  std::vector<std::byte> back(rows.size());
  write_stream(access, back.data(), 0, stream);
  EXPECT_EQ(back, rows);
}

TEST(Access, AnyPieceOfTheStreamIsWhatTheWholeHasThere) {
  const auto memory = numbered(400);
  const Access access{8, {{3, 100}, {4, 20}}, 12};
  const auto whole = read_all(access, memory);
  for (const std::int64_t begin : {0, 1, 11, 12, 13, 47, 48, 100}) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{12}, std::size_t{40}}) {
      std::vector<std::byte> piece(n);
      read_stream(access, memory.data(), begin, piece);
      EXPECT_EQ(std::memcmp(piece.data(), whole.data() + begin, n), 0) << begin << " " << n;
    }
  }
}

TEST(Access, FittedToAShimReadsTheSameBytes) {
  const auto memory = numbered(200'000);
  for (const Access& access :
       {linear_access(50'000, 12), rows_access(3, 40'000, 60'000), rows_access(2000, 12, 16),
        Access{4, {{1, 0}, {2000, 40}, {2, 8}}, 8}, Access{0, {{2, 0}, {3, 24}}, 24},
        Access{0, {{1500, 60}, {5, 8}}, 8}}) {
    const Access fitted = fit_shim(access);
    EXPECT_EQ(read_all(fitted, memory), read_all(access, memory));
    if (fitted.linear()) continue;
    EXPECT_LE(fitted.run_bytes, 1023 * kWordBytes);
    for (const Dim& dim : fitted.dims) EXPECT_LE(dim.count, 1023);
  }
  EXPECT_TRUE(fit_shim(rows_access(2000, 12, 12)).linear());
}

}  // namespace
}  // namespace tessera::compute::npu
