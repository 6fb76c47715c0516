#include "src/compute/npu/engine/echo_check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "tessera/error.h"

namespace tessera::compute::npu {
namespace {

constexpr std::byte kPoison{0xA5};  ///< where results shall come to lie
constexpr std::size_t kWork = 0;    ///< the plan's buffer

/// A bfloat16 of 0.5 to 1 that tells its place, low byte first: plus 0 it is itself.
std::byte byte_of_x(std::int64_t index, std::int64_t width) {
  constexpr int kHigh = 0x3F;
  if (index % 2 == 1) return static_cast<std::byte>(kHigh);
  const std::int64_t row = index / (2 * width), column = index / 2 % width;
  return static_cast<std::byte>((3 * row + 5 * column) % 128);
}

/// A matrix of wide numbers in "work", and what each byte of it must be.
struct Region {
  const char* name;
  std::int64_t begin;
  bool is_x;  ///< else zeros
};

class Echo {
 public:
  explicit Echo(const EncoderShape& shape)
      : shape_(shape), layout_(encoder_layout(shape)), bytes_(2 * layout_.rows * layout_.width) {}

  void fill(std::span<std::byte> work) const {
    std::fill(work.begin(), work.end(), std::byte{0});
    for (const Region& region : regions()) {
      const bool input = region.begin == layout_.x;
      for (std::int64_t i = 0; i < bytes_; ++i) {
        work[static_cast<std::size_t>(region.begin + i)] = input ? wanted(region, i) : kPoison;
      }
    }
  }

  void check(std::span<const std::byte> work) const {
    for (const Region& region : regions()) {
      std::int64_t wrong = 0, untouched = 0, first = -1;
      for (std::int64_t i = 0; i < bytes_; ++i) {
        const std::byte byte = work[static_cast<std::size_t>(region.begin + i)];
        if (byte == wanted(region, i)) continue;
        if (wrong++ == 0) first = i;
        untouched += byte == kPoison ? 1 : 0;
      }
      if (wrong > 0) complain(region, wrong, untouched, first);
    }
  }

 private:
  std::array<Region, 3> regions() const {
    return {{{"x between a layer's halves", layout_.x_between, true},
             {"what is added to x", layout_.y, false},
             {"x", layout_.x, true}}};
  }

  /// Columns from d_model on are padding.
  std::byte wanted(const Region& region, std::int64_t index) const {
    const bool padding = index / 2 % layout_.width >= shape_.d_model;
    return region.is_x && !padding ? byte_of_x(index, layout_.width) : std::byte{0};
  }

  [[noreturn]] void complain(const Region& region, std::int64_t wrong, std::int64_t untouched,
                             std::int64_t first) const {
    std::string message = "npu: the check with weights of zero failed: " + std::to_string(wrong) +
                          " of " + std::to_string(bytes_) + " bytes of " + region.name +
                          " are wrong, the first at " + std::to_string(first);
    if (untouched == wrong) {
      message +=
          "; the array wrote nothing there, though it says that it is done: is the design of one "
          "build?";
    }
    throw Error(ErrorCode::device_failed, message);
  }

  EncoderShape shape_;
  EncoderLayout layout_;
  std::int64_t bytes_;  ///< of a matrix of wide numbers
};

}  // namespace

void check_echo(const EncoderShape& shape, LoadedPlan& loaded, const std::stop_token& stop) {
  const Echo echo(shape);
  echo.fill(loaded.write(kWork));
  loaded.run(stop);
  echo.check(loaded.read(kWork));
  const std::span<std::byte> work = loaded.write(kWork);
  std::fill(work.begin(), work.end(), std::byte{0});
}

}  // namespace tessera::compute::npu
