// What a test asks of an error: its words.
#pragma once

#include <string>

#include "tessera/error.h"

namespace tessera {

/// What the Error that `call` throws says; "no error" if it throws none.
std::string message_of(auto&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace tessera
