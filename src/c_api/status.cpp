#include "src/c_api/status.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>

#include "tessera/info.h"

namespace tessera::c_api {
namespace {

using Message = std::array<char, 2048>;  // longer ones are cut

// Made at a thread's first error. In a thread's own block itself there would be too little room:
// the library could not be loaded by dlopen(), which has some hundred bytes left for what shares
// that block with the emulator's current core.
thread_local std::unique_ptr<Message> last_message;
// What last_error() gives: the message, or what needs no memory.
thread_local const char* last_error = "";

void keep(std::string_view message) noexcept {
  if (last_message == nullptr) last_message.reset(new (std::nothrow) Message);
  if (last_message == nullptr) {
    last_error = "not enough memory, also to say what happened";
    return;
  }
  std::size_t length = std::min(message.size(), last_message->size() - 1);
  const auto continues = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
  };
  if (length < message.size()) {
    while (length > 0 && continues(message[length])) --length;
  }
  std::copy_n(message.data(), length, last_message->data());
  (*last_message)[length] = '\0';
  last_error = last_message->data();
}

tessera_status status_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::bad_argument:
      return TESSERA_BAD_ARGUMENT;
    case ErrorCode::bad_file:
      return TESSERA_BAD_FILE;
    case ErrorCode::unsupported:
      return TESSERA_UNSUPPORTED;
    case ErrorCode::out_of_memory:
      return TESSERA_OUT_OF_MEMORY;
    case ErrorCode::device_failed:
      return TESSERA_DEVICE_FAILED;
    case ErrorCode::cancelled:
      return TESSERA_CANCELLED;
    case ErrorCode::internal:
      return TESSERA_INTERNAL;
  }
  return TESSERA_INTERNAL;
}

}  // namespace

tessera_status record_current_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    keep(error.what());
    return status_of(error.code());
  } catch (const std::bad_alloc&) {
    keep("not enough memory");
    return TESSERA_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    keep(error.what());
    return TESSERA_INTERNAL;
  } catch (...) {
    keep("an exception that is no std::exception");
    return TESSERA_INTERNAL;
  }
}

void require_index(std::size_t index, std::size_t count) {
  if (index < count) return;
  throw Error(ErrorCode::bad_argument, "index: expected less than " + std::to_string(count) +
                                           ", got " + std::to_string(index));
}

char* duplicate(std::string_view text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::copy(text.begin(), text.end(), copy);
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace tessera::c_api

const char* tessera_status_name(tessera_status status) {
  using tessera::error_code_name;
  using tessera::ErrorCode;
  switch (status) {
    case TESSERA_OK:
      return "ok";
    case TESSERA_BAD_ARGUMENT:
      return error_code_name(ErrorCode::bad_argument);
    case TESSERA_BAD_FILE:
      return error_code_name(ErrorCode::bad_file);
    case TESSERA_UNSUPPORTED:
      return error_code_name(ErrorCode::unsupported);
    case TESSERA_OUT_OF_MEMORY:
      return error_code_name(ErrorCode::out_of_memory);
    case TESSERA_DEVICE_FAILED:
      return error_code_name(ErrorCode::device_failed);
    case TESSERA_CANCELLED:
      return error_code_name(ErrorCode::cancelled);
    case TESSERA_INTERNAL:
      return error_code_name(ErrorCode::internal);
  }
  return "unknown";
}

const char* tessera_last_error(void) { return tessera::c_api::last_error; }

const char* tessera_version(void) { return tessera::version(); }

void tessera_string_free(char* text) { std::free(text); }
