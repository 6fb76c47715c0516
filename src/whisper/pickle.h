// Reads the small part of Python's pickle format that a checkpoint of weights needs; runs nothing.
// Format: Python's Lib/pickletools.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::whisper {

/// A value of a pickle. Values refer to each other by their place in Pickle::values, so that a file
/// may make cycles without harm.
struct PickleValue {
  enum class Kind {
    boolean,     ///< integer is 0 or 1
    integer,     ///< integer
    text,        ///< text
    tuple,       ///< items
    dictionary,  ///< items: key, value, key, value, ...
    global,      ///< text: "module name" of a class or function
    call,        ///< items: a global, the tuple of its arguments
    persistent,  ///< items: the tuple that says what lies outside the pickle
  };
  Kind kind = Kind::tuple;
  std::int64_t integer = 0;
  std::string_view text = {};  ///< in the bytes that were parsed
  std::vector<std::uint32_t> items = {};
};

/// "a tuple", for messages.
const char* pickle_kind_name(PickleValue::Kind kind);

struct Pickle {
  std::vector<PickleValue> values;
  std::uint32_t root = 0;

  const PickleValue& at(std::uint32_t index) const { return values[index]; }
};

/// Parses a pickle of protocol 2 made of dictionaries, tuples, integers, booleans, texts,
/// persistent ids and calls of `globals`, each "module name". A call is recorded, never made, but
/// for collections.OrderedDict(), which makes a dictionary; attributes set on one are dropped.
///
/// The texts of the result point into `bytes`. `where` (a file name) begins the message of every
/// error. Throws Error{unsupported} naming any other opcode, protocol, class or function,
/// Error{bad_file} for a pickle that is cut off, does not fit together or is larger than any
/// checkpoint's.
Pickle parse_pickle(std::span<const std::byte> bytes, const std::string& where,
                    std::span<const std::string_view> globals);

}  // namespace tessera::whisper
