// The modes of a core, which last until they are set again, from one kernel to the next.
#pragma once

#include <utility>

#include "src/compute/npu/emulator/aie_api/types.hpp"

namespace aie {

inline void set_rounding(rounding_mode mode) { detail::core().rounding = mode; }
inline rounding_mode get_rounding() { return detail::core().rounding; }
inline void set_saturation(saturation_mode mode) { detail::core().saturation = mode; }
inline saturation_mode get_saturation() { return detail::core().saturation; }
/// The mode that there was.
inline rounding_mode swap_rounding(rounding_mode mode) {
  return std::exchange(detail::core().rounding, mode);
}
inline saturation_mode swap_saturation(saturation_mode mode) {
  return std::exchange(detail::core().saturation, mode);
}

}  // namespace aie
