// A core with a few buffers, for tests of what runs on one.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "src/compute/npu/emulator/core_state.h"
#include "tessera/error.h"

namespace tessera::compute::npu {

/// Memory of a core from which a test takes buffers, current as kernel "test".
struct TestCore {
  CoreState state;
  CoreScope scope{state, "test"};

  template <class T>
  T* buffer(std::size_t count, std::size_t bank = 0) {
    return reinterpret_cast<T*>(
        state.place("buffer" + std::to_string(++buffers_), count * sizeof(T), bank));
  }
  template <class T>
  T* buffer(const std::vector<T>& values, std::size_t bank = 0) {
    T* const place = buffer<T>(values.size(), bank);
    std::copy(values.begin(), values.end(), place);
    return place;
  }
  /// What was issued outside of loops since the last call.
  IssueCounts issued() {
    const IssueCounts counts = *state.issued;
    *state.issued = {};
    return counts;
  }

 private:
  int buffers_ = 0;
};

/// The message of the Error that a call throws; "no error" where it throws none.
inline std::string message_of(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace tessera::compute::npu
