// What the builders' plans compute, run in the simulator with data, against plain loops.
#include "src/compute/npu/plan/array_plan.h"
#include "src/compute/npu/plan/builders/attention_plan.h"
#include "src/compute/npu/plan/builders/gemm_plan.h"
#include "src/compute/npu/plan/builders/stand_in_kernels_test.h"
#include "src/compute/npu/plan/builders/tile_plans.h"
#include "src/compute/npu/plan/check/check_plan.h"
#include "src/compute/npu/sim/run_plan_test.h"

namespace tessera::compute::npu {
namespace {

std::string first_breach(const ArrayPlan& plan) {
  const auto found = check_plan(plan);
  return found.empty() ? "" : found[0].message;
}

/// Every byte of the first half and the second half of a tile of 64 bytes, added.
void add_halves(Places places, Numbers numbers) {
  for (std::size_t i = 0; i < 32; ++i) {
    places[1][i] = static_cast<std::byte>(std::to_integer<int>(places[0][i]) +
                                          std::to_integer<int>(places[0][i + 32]) + numbers[0]);
  }
}

TEST(TilePlan, ComputesEveryTileOnOneFourAndSixteenCores) {
  for (const int cores : {1, 4, 16}) {
    for (const std::int64_t tiles : {1, 5, 16, 70}) {
      const TileWork work{stand_in("halves", {64, 32}, 1, add_halves), {3}, 64, 32, tiles};
      const ArrayPlan plan = tile_parallel_plan(work, cores);
      ASSERT_EQ(first_breach(plan), "");
      std::vector<std::vector<std::byte>> buffers = {
          random_bytes(static_cast<std::size_t>(plan.host_buffers[0].bytes), 7),
          std::vector<std::byte>(static_cast<std::size_t>(plan.host_buffers[1].bytes))};
      const SimResult result = run_plan(plan, buffers);
      EXPECT_EQ(result.cores.size(), static_cast<std::size_t>(cores));
      for (std::int64_t i = 0; i < tiles * 32; ++i) {
        const std::int64_t at = i / 32 * 64 + i % 32;
        const auto sum = static_cast<std::int8_t>(number_at(buffers[0], at) +
                                                  number_at(buffers[0], at + 32) + 3);
        ASSERT_EQ(number_at(buffers[1], i), sum) << cores << " cores, byte " << i;
      }
    }
  }
}

TEST(TilePlan, RefusesAnotherNumberOfCores) {
  const TileWork work{stand_in("halves", {64, 32}, 1, add_halves), {3}, 64, 32, 1};
  EXPECT_THROW(tile_parallel_plan(work, 5), Error);
}

/// 2 rows of 8 query bytes against 8 keys and 8 values of 8 bytes.
void attend_rows(Places places, Numbers) {
  for (std::size_t i = 0; i < 16; ++i) {
    int sum = 0;
    for (std::size_t j = 0; j < 8; ++j) {
      const auto q = std::to_integer<int>(places[0][i / 8 * 8 + j]);
      sum += q * (std::to_integer<int>(places[1][j * 8 + i % 8]) +
                  std::to_integer<int>(places[1][64 + j * 8 + i % 8]));
    }
    places[2][i] = static_cast<std::byte>(sum);
  }
}

TEST(RowPlan, SharesTheRowsOfATileAndGivesKeysAndValuesToAll) {
  const RowWork work{stand_in("rows", {16, 128, 16}, 0, attend_rows), {}, 64, 128, 64, 9};
  const ArrayPlan plan = row_parallel_plan(work);
  ASSERT_EQ(first_breach(plan), "");
  std::vector<std::vector<std::byte>> buffers = {random_bytes(9 * 64, 1), random_bytes(9 * 128, 2),
                                                 std::vector<std::byte>(9 * 64)};
  run_plan(plan, buffers);
  for (std::size_t tile = 0; tile < 9; ++tile) {
    for (std::size_t part = 0; part < 4; ++part) {
      std::vector<std::byte> wanted(16);
      std::byte* places[] = {buffers[0].data() + tile * 64 + part * 16,
                             buffers[1].data() + tile * 128, wanted.data()};
      attend_rows(places, {});
      EXPECT_TRUE(
          std::equal(wanted.begin(), wanted.end(),
                     buffers[2].begin() + static_cast<std::ptrdiff_t>(tile * 64 + part * 16)))
          << tile << ' ' << part;
    }
  }
}

/// A tile type of the random products, and whether C is bytes.
struct TestGemm {
  GemmTile tile;
  GemmKernels kernels;
};

TestGemm test_gemm(int kind) {
  GemmTile tile{.m = 8, .k = 8, .n = 8};
  switch (kind % 4) {
    case 0:
      return {tile, stand_in_gemm<8, 8, 8>(false)};
    case 1:
      tile = {.m = 4, .k = 16, .n = 8, .c_element_bytes = 1, .panel_tiles = 2};
      return {tile, stand_in_gemm<4, 16, 8>(true)};
    case 2:
      tile = {.m = 8, .k = 8, .n = 16, .panel_tiles = 3};
      return {tile, stand_in_gemm<8, 8, 16>(false)};
    default:
      tile = {.m = 12, .k = 24, .n = 8, .c_element_bytes = 1};
      return {tile, stand_in_gemm<12, 24, 8>(true)};
  }
}

/// Runs the plan on random matrices and compares every element of C.
void expect_product(const GemmShape& shape, const TestGemm& gemm, const ArrayPlan& plan,
                    std::uint64_t seed) {
  const GemmShape whole = padded(shape, gemm.tile);
  const auto m = static_cast<std::size_t>(shape.m), k = static_cast<std::size_t>(shape.k),
             n = static_cast<std::size_t>(shape.n);
  const auto a = random_bytes(m * k, seed), b = random_bytes(k * n, seed + 1);
  std::vector<std::vector<std::byte>> buffers;
  for (const HostBuffer& buffer : plan.host_buffers) {
    buffers.emplace_back(static_cast<std::size_t>(buffer.bytes));
  }
  copy_rows(a, shape.k, buffers[0], whole.k, shape.m, shape.k);
  copy_rows(b, shape.n, buffers[1], whole.n, shape.k, shape.n);
  run_plan(plan, buffers, {.cycles = plain_cycles, .order_seed = seed % 3});
  for (std::int64_t i = 0; i < shape.m; ++i) {
    for (std::int64_t j = 0; j < shape.n; ++j) {
      std::int32_t sum = 0;
      for (std::int64_t l = 0; l < shape.k; ++l) {
        sum += number_at(a, i * shape.k + l) * number_at(b, l * shape.n + j);
      }
      std::int32_t got = number_at(buffers[2], i * whole.n + j);
      if (gemm.tile.c_element_bytes == 4) {
        std::memcpy(&got, buffers[2].data() + (i * whole.n + j) * 4, 4);
      } else {
        sum = static_cast<std::int8_t>(sum);
      }
      ASSERT_EQ(got, sum) << shape.m << 'x' << shape.k << 'x' << shape.n << " at " << i << ',' << j;
    }
  }
}

TEST(GemmPlan, RandomSizesGiveTheProductOrAreRefusedWithAReason) {
  std::mt19937_64 random(20);
  const auto up_to = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n) + 1; };
  int accepted = 0, refused = 0;
  for (int i = 0; i < 300; ++i) {
    TestGemm gemm = test_gemm(i);
    const GemmShape shape{up_to(70), up_to(70), up_to(70)};
    if (i % 10 == 9) gemm.tile.panel_tiles = up_to(2000);  // more than a memory tile holds
    const ArrayPlan plan = gemm_plan(shape, gemm.tile, gemm.kernels);
    const std::string breach = first_breach(plan);
    if (!breach.empty()) {
      ++refused;
      EXPECT_NE(breach.find("at most"), std::string::npos) << breach;
      continue;
    }
    ++accepted;
    ASSERT_NO_FATAL_FAILURE(expect_product(shape, gemm, plan, static_cast<std::uint64_t>(i)));
  }
  EXPECT_GE(accepted, 260);
  EXPECT_GE(refused, 20);
}

TEST(GemmPlan, RefusesSizesThatMeanNothing) {
  const TestGemm gemm = test_gemm(0);
  EXPECT_THROW(gemm_plan({0, 8, 8}, gemm.tile, gemm.kernels), Error);
  GemmTile odd = gemm.tile;
  odd.m = 6;
  EXPECT_THROW(gemm_plan({8, 8, 8}, odd, gemm.kernels), Error);
}

/// Attention as the stand-in kernels compute it, for one query of one head.
std::int32_t attended(const std::vector<std::byte>& qkv, const AttentionShape& shape,
                      std::int64_t query, std::int64_t head, std::int64_t d) {
  const std::int64_t model = shape.heads * shape.d_head, pitch = 3 * model;
  std::int32_t sum = 0, total = 0;
  for (std::int64_t key = 0; key < shape.keys; ++key) {
    std::int32_t dot = 0;
    for (std::int64_t e = head * shape.d_head; e < (head + 1) * shape.d_head; ++e) {
      dot += number_at(qkv, query * pitch + e) * number_at(qkv, key * pitch + model + e);
    }
    const std::int32_t weight = stand_in_weight(dot);
    total += weight;
    sum += weight * number_at(qkv, key * pitch + 2 * model + head * shape.d_head + d);
  }
  return static_cast<std::int8_t>(sum / std::max(total, 1));
}

void expect_attention(const AttentionShape& shape, const ArrayPlan& plan, std::uint64_t seed) {
  std::vector<std::vector<std::byte>> buffers = {
      random_bytes(static_cast<std::size_t>(plan.host_buffers[0].bytes), seed),
      std::vector<std::byte>(static_cast<std::size_t>(plan.host_buffers[1].bytes))};
  run_plan(plan, buffers, {.cycles = plain_cycles, .order_seed = seed % 3});
  std::mt19937_64 random(seed);
  for (std::int64_t query = 0; query < shape.queries; ++query) {
    for (std::int64_t head = 0; head < shape.heads; ++head) {
      const auto d = static_cast<std::int64_t>(random() % kTestHead);  // the others are alike
      ASSERT_EQ(number_at(buffers[1], (query * shape.heads + head) * shape.d_head + d),
                attended(buffers[0], shape, query, head, d))
          << shape.heads << " heads, " << shape.queries << " x " << shape.keys << ", query "
          << query << " head " << head;
    }
  }
}

TEST(AttentionPlan, RandomSizesGiveAttentionOrAreRefusedWithAReason) {
  std::mt19937_64 random(21);
  const auto up_to = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n) + 1; };
  int accepted = 0;
  for (int i = 0; i < 220; ++i) {
    const AttentionShape shape = test_attention(up_to(9), up_to(70), up_to(70));
    const auto place = static_cast<KeyPlace>(i % 3);
    const ArrayPlan plan = attention_plan(shape, stand_in_attention(), place);
    const std::string breach = first_breach(plan);
    if (!breach.empty()) {
      EXPECT_NE(breach.find("at most"), std::string::npos) << breach;
      continue;
    }
    ++accepted;
    ASSERT_NO_FATAL_FAILURE(expect_attention(shape, plan, static_cast<std::uint64_t>(i)));
  }
  EXPECT_GT(accepted, 200);
}

TEST(AttentionPlan, KeepsKeysAndValuesInTheMemoryTileWhereTheyFit) {
  const AttentionShape base{.heads = 8};
  const ArrayPlan plan = attention_plan(base, stand_in_attention());
  EXPECT_EQ(plan.fifos[fifo_index(plan, "kv0")].repeat, 6);
  EXPECT_EQ(plan.fifos[fifo_index(plan, "kv0")].object_bytes, 24 * 2 * 64 * 64);
  AttentionShape halves = base;
  halves.element_bytes = 2;
  halves.q = {4, 8};
  halves.kv = {8, 4};
  const ArrayPlan wide = attention_plan(halves, stand_in_attention());
  EXPECT_EQ(wide.fifos[fifo_index(wide, "kv0")].producer_depth, 1);
  AttentionShape longer = base;
  longer.keys = longer.queries = 4000;
  const ArrayPlan streamed = attention_plan(longer, stand_in_attention());
  EXPECT_EQ(streamed.fifos[fifo_index(streamed, "kv0")].repeat, 1);
}

}  // namespace
}  // namespace tessera::compute::npu
