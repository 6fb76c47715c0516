// Every variant of top_k in the list against a sort.
#include <algorithm>
#include <numeric>

#include "src/compute/kernels/kernel_test.h"

namespace tessera::compute::kernels {
namespace {

constexpr float kNeverAmongThem = -std::numeric_limits<float>::infinity();
constexpr float kNoNumber = std::numeric_limits<float>::quiet_NaN();

const std::vector<const Kernel*>& top_k_variants() {
  static const std::vector<const Kernel*> found = runnable(TopKParams::kOp);
  return found;
}

std::vector<int> sorted_top(const std::vector<float>& row, int k) {
  std::vector<int> ids;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] > kNeverAmongThem) ids.push_back(static_cast<int>(i));  // not NaN either
  }
  std::stable_sort(ids.begin(), ids.end(), [&](int a, int b) {
    return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
  });
  ids.resize(std::min(ids.size(), static_cast<std::size_t>(k)));
  return ids;
}

// What lies around the row is larger than all in it, and what lies behind the ids is looked at.
void expect_top(const std::vector<float>& row, int k, const std::string& name) {
  constexpr std::size_t kMargin = 80;
  constexpr int kUntouched = -7;
  std::vector<float> guarded(row.size() + 2 * kMargin, std::numeric_limits<float>::infinity());
  std::copy(row.begin(), row.end(), guarded.begin() + kMargin);
  const std::vector<int> expected = sorted_top(row, k);
  for (const Kernel* kernel : top_k_variants()) {
    std::vector<std::int32_t> ids(static_cast<std::size_t>(k) + 1, kUntouched);
    std::int32_t found = kUntouched;
    TopKParams params;
    params.in = guarded.data() + kMargin;
    params.count = static_cast<std::int32_t>(row.size());
    params.k = k;
    params.ids = ids.data();
    params.found = &found;
    run_named(*kernel, params);
    ASSERT_EQ(found, static_cast<int>(expected.size())) << kernel->name << ": " << name;
    EXPECT_EQ(ids.back(), kUntouched) << kernel->name << ": " << name;
    ids.resize(expected.size());
    EXPECT_EQ(ids, expected) << kernel->name << ": " << name << ", k " << k;
  }
}

TEST(TopKKernels, EveryVariantFindsWhatASortDoes) {
  std::vector<int> lengths = row_lengths();
  lengths.push_back(51865);
  for (const int columns : lengths) {
    for (const NamedRow& row : hard_rows(columns)) {
      for (const int k : {1, 6, 65}) expect_top(row.values, k, row.name);
    }
  }
}

TEST(TopKKernels, EqualsAreTakenInTheirOrder) {
  std::mt19937 random(3);
  for (const int columns : {40, 64, 129, 1000}) {
    std::vector<float> row(static_cast<std::size_t>(columns));
    for (float& value : row) value = static_cast<float>(random() % 4);
    for (const int k : {1, 2, 11, 40}) expect_top(row, k, std::to_string(columns) + " of 4 values");
  }
}

TEST(TopKKernels, FallingRowsAreTakenFromTheirBeginning) {
  std::vector<float> row(700);
  std::iota(row.rbegin(), row.rend(), -300.0f);
  for (const int k : {1, 6, 64}) expect_top(row, k, "falling");
}

TEST(TopKKernels, ForbiddenNumbersAndThoseThatAreNoneAreNeverTaken) {
  for (const std::size_t columns : {std::size_t{5}, std::size_t{64}, std::size_t{331}}) {
    std::vector<float> row(columns, kNeverAmongThem);
    expect_top(row, 6, "nothing allowed");
    row[columns / 2] = -3;
    row[columns - 1] = -std::numeric_limits<float>::max();
    row[0] = kNoNumber;
    expect_top(row, 1, "two allowed");
    expect_top(row, 6, "two allowed");
    std::fill(row.begin(), row.end(), kNoNumber);
    expect_top(row, 2, "no numbers");
    row[columns - 2] = 1;
    row[1] = std::numeric_limits<float>::infinity();
    expect_top(row, 4, "infinity is the largest");
  }
}

}  // namespace
}  // namespace tessera::compute::kernels
