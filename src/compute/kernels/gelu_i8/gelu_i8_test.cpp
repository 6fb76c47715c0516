// Every variant of the look-up in the list against the table itself.
#include <algorithm>
#include <numeric>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

TEST(GeluI8Kernels, EveryVariantLooksUpEveryEntry) {
  std::vector<std::int8_t> table(256);
  std::iota(table.begin(), table.end(), std::int8_t{-128});  // every value once, in another order
  std::shuffle(table.begin(), table.end(), std::mt19937(3));
  std::vector<int> counts = row_lengths();
  counts.insert(counts.end(), {256, 1000});
  for (const Kernel* kernel : runnable(GeluI8Params::kOp)) {
    for (const int count : counts) {
      GuardedRows<std::int8_t> in(1, count, 0), out(1, count, 0), expected(1, count, 0);
      for (int i = 0; i < count; ++i) {
        in.data()[i] = static_cast<std::int8_t>(i * 37 % 256 - 128);
        expected.data()[i] = table[static_cast<std::size_t>(i * 37 % 256)];
      }
      GeluI8Params params;
      params.in = in.data();
      params.out = out.data();
      params.table = table.data();
      params.count = count;
      run_named(*kernel, params);
      EXPECT_TRUE(same_bits(out, expected)) << kernel->name << ", " << count;
      EXPECT_TRUE(out.is_guarded()) << kernel->name << " wrote outside " << count;
      params.out = in.data();
      run_named(*kernel, params);
      EXPECT_TRUE(same_bits(in, expected)) << kernel->name << ", in place, " << count;
      EXPECT_TRUE(in.is_guarded()) << kernel->name << " wrote outside " << count;
    }
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
