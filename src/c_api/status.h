// What every function of the C API goes through: exceptions become statuses, NULL is refused.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tessera/error.h"
#include "tessera/tessera.h"

namespace tessera::c_api {

/// The status for the exception that is being handled; keeps its message for tessera_last_error().
tessera_status record_current_exception() noexcept;

/// Runs `action`; what it throws becomes a status.
template <class Action>
tessera_status guarded(Action action) noexcept {
  try {
    action();
    return TESSERA_OK;
  } catch (...) {
    return record_current_exception();
  }
}

/// What `pointer` points to. Throws Error{bad_argument} for NULL; `name` is the parameter.
template <class T>
T& require(T* pointer, const char* name) {
  if (pointer == nullptr) {
    throw Error(ErrorCode::bad_argument, std::string(name) + ": expected a pointer, got NULL");
  }
  return *pointer;
}

/// Fails with Error{bad_argument} unless index < count.
void require_index(std::size_t index, std::size_t count);

/// Gives `*out` the handle that `make` returns as a std::unique_ptr, or NULL when that fails.
template <class Handle, class Make>
tessera_status make_handle(Handle** out, const char* name, Make make) noexcept {
  return guarded([&] {
    require(out, name) = nullptr;
    *out = make().release();
  });
}

/// Gives `*out` a value, or `nothing` when that fails.
template <class T, class Get>
tessera_status get_value(T* out, const char* name, T nothing, Get get) noexcept {
  return guarded([&] {
    require(out, name) = nothing;
    *out = get();
  });
}

/// A copy of `text` that tessera_string_free frees.
char* duplicate(std::string_view text);

}  // namespace tessera::c_api
