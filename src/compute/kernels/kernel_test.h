// What the tests of kernels share: the variants to run, matrices that notice a stray write, and
// rows that are hard to compute with.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {

/// Half the distance from 1 to the next float32: the most that one rounding changes, relatively.
inline constexpr double kRounding = 0x1p-24;

/// The variants of `op` that this machine can run or emulate; names the others. Fails when there is none.
inline std::vector<const Kernel*> runnable(std::string_view op) {
  std::vector<const Kernel*> found;
  for (const Kernel* kernel : kernels_of(op)) {
    if (runs_here(kernel->isa)) {
      found.push_back(kernel);
    } else {
      std::cout << "not on this machine: " << op << ' ' << kernel->name << '\n';
    }
  }
  EXPECT_FALSE(found.empty()) << "nothing to compare for " << op;
  return found;
}

/// Runs a variant and checks that it is the one that the list says.
template <class Params>
void run_named(const Kernel& kernel, const Params& params) {
  EXPECT_STREQ(kernel.run(params), kernel.name) << "another variant ran than the list says";
}

/// Lengths around those of registers, and the longest row of Whisper's attention.
inline const std::vector<int>& row_lengths() {
  static const std::vector<int> lengths = {0, 1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 300, 1500};
  return lengths;
}

/// Whether the numbers are the same bit for bit: NaN equals itself, and 0 is not -0.
template <class T>
bool same_bits(const T* a, const T* b, std::size_t count) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(a);
  return std::equal(bytes, bytes + count * sizeof(T), reinterpret_cast<const unsigned char*>(b));
}

/// Rows further apart than they are long, and between, before and after them numbers that nobody
/// may write and that spoil the result of whoever uses them (NaN, for floats).
template <class T>
class GuardedRows {
 public:
  GuardedRows(std::size_t rows, int columns, int gap)
      : columns_(columns),
        stride_(columns + gap),
        values_(static_cast<std::size_t>(kMargin) * 2 + rows * static_cast<std::size_t>(stride_),
                guard()),
        rows_(rows) {}

  T* data() { return values_.data() + kMargin; }
  T* row(std::size_t i) { return data() + i * static_cast<std::size_t>(stride_); }
  int rows() const { return static_cast<int>(rows_); }
  int columns() const { return columns_; }
  std::ptrdiff_t stride() const { return stride_; }

  /// Whether everything that is no row is as it was.
  bool is_guarded() {
    for (std::size_t i = 0; i < rows_; ++i) {
      for (int column = columns_; column < stride_; ++column) {
        if (!is_guard(row(i)[column])) return false;
      }
    }
    for (int i = 0; i < kMargin; ++i) {
      if (!is_guard(values_[static_cast<std::size_t>(i)])) return false;
      if (!is_guard(values_[values_.size() - 1 - static_cast<std::size_t>(i)])) return false;
    }
    return true;
  }

 private:
  static constexpr int kMargin = 64;

  static T guard() {
    if constexpr (std::numeric_limits<T>::has_quiet_NaN) return std::numeric_limits<T>::quiet_NaN();
    return static_cast<T>(0x55);
  }
  static bool is_guard(T value) {
    const T expected = guard();
    return same_bits(&value, &expected, 1);
  }

  int columns_, stride_;
  std::vector<T> values_;
  std::size_t rows_;
};

/// A row with the reason that it is there.
struct NamedRow {
  std::string name;
  std::vector<float> values;
};

inline std::vector<NamedRow> hard_rows(int columns) {
  std::mt19937 random(static_cast<unsigned>(columns) + 1);
  std::normal_distribution<float> normal;
  std::vector<NamedRow> rows;
  const auto add = [&](const char* name, auto value_of) {
    std::vector<float> values(static_cast<std::size_t>(columns));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(i);
    rows.push_back({std::string(name) + ", " + std::to_string(columns) + " columns", values});
  };
  add("normal", [&](std::size_t) { return normal(random); });
  add("equal", [](std::size_t) { return 3.3f; });
  add("equal and large", [](std::size_t) { return 1.2345679e9f; });
  add("zeros", [](std::size_t i) { return i % 2 == 0 ? 0.0f : -0.0f; });
  add("a large offset", [&](std::size_t) { return 1e4f + normal(random); });
  add("a large negative offset", [&](std::size_t) { return -3e5f + normal(random); });
  add("a wide range", [&](std::size_t) { return 30 * normal(random); });
  add("large magnitudes", [&](std::size_t) { return 1e15f * normal(random); });
  add("denormals", [&](std::size_t) { return 1e-40f * normal(random); });
  add("small normals", [&](std::size_t) { return 1e-36f * normal(random); });
  add("rising", [](std::size_t i) { return 0.25f * static_cast<float>(i); });
  add("one dominant at the end",
      [&](std::size_t i) { return static_cast<int>(i) == columns - 1 ? 500.0f : normal(random); });
  add("one dominant at the beginning",
      [&](std::size_t i) { return i == 0 ? 90.0f : normal(random); });
  return rows;
}

/// The rows one below the other.
inline GuardedRows<float> stack(const std::vector<NamedRow>& rows, int gap) {
  GuardedRows<float> stacked(rows.size(), static_cast<int>(rows.front().values.size()), gap);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].values.size(); ++j) stacked.row(i)[j] = rows[i].values[j];
  }
  return stacked;
}

/// Whether all rows are the same bit for bit.
template <class T>
bool same_bits(GuardedRows<T>& a, GuardedRows<T>& b) {
  for (int i = 0; i < a.rows(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (!same_bits(a.row(row), b.row(row), static_cast<std::size_t>(a.columns()))) return false;
  }
  return true;
}

}  // namespace tessera::compute::kernels
