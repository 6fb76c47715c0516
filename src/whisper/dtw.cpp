#include "src/whisper/dtw.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tessera::whisper {
namespace {

enum class Step : std::uint8_t { both, down, right };

/// The step that led to each place; row 0 and column 0 stand for the outside of the matrix.
class Trace {
 public:
  Trace(int rows, int columns)
      : rows_(rows),
        columns_(columns),
        steps_((static_cast<std::size_t>(rows) + 1) * (static_cast<std::size_t>(columns) + 1)) {
    for (int i = 0; i <= rows; ++i) at(i, 0) = Step::down;
    for (int j = 1; j <= columns; ++j) at(0, j) = Step::right;
  }

  Step& at(int i, int j) {
    return steps_[static_cast<std::size_t>(i) * (static_cast<std::size_t>(columns_) + 1) +
                  static_cast<std::size_t>(j)];
  }

  WarpingPath path() {
    WarpingPath path;
    for (int i = rows_, j = columns_; i > 0 || j > 0;) {
      path.rows.push_back(i - 1);
      path.columns.push_back(j - 1);
      const Step step = at(i, j);
      if (step != Step::right) --i;
      if (step != Step::down) --j;
    }
    std::ranges::reverse(path.rows);
    std::ranges::reverse(path.columns);
    return path;
  }

 private:
  int rows_;
  int columns_;
  std::vector<Step> steps_;
};

}  // namespace

WarpingPath dtw(const compute::TensorView& costs) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto rows = static_cast<std::size_t>(costs.rows);
  Trace trace(costs.rows, costs.cols);
  // Cost of the best way to each place of one column, outside first.
  std::vector<double> left(rows + 1, kInfinity);
  std::vector<double> column(rows + 1, kInfinity);
  left[0] = 0;
  for (int j = 1; j <= costs.cols; ++j) {
    for (std::size_t i = 1; i <= rows; ++i) {
      const double both = left[i - 1];
      const double down = column[i - 1];
      const double right = left[i];
      double before = right;
      Step step = Step::right;
      if (both < down && both < right) {
        before = both;
        step = Step::both;
      } else if (down < both && down < right) {
        before = down;
        step = Step::down;
      }
      const int row = static_cast<int>(i);
      column[i] = costs.row<float>(row - 1)[static_cast<std::size_t>(j - 1)] + before;
      trace.at(row, j) = step;
    }
    left.swap(column);
    column[0] = left[0] = kInfinity;
  }
  return trace.path();
}

}  // namespace tessera::whisper
