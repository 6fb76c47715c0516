#include "src/whisper/pickle.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "src/whisper/byte_reader.h"
#include "src/whisper/json_file.h"
#include "src/whisper/pickle_opcodes.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using ValueKind = PickleValue::Kind;
using Index = std::uint32_t;

// Several times what the largest official checkpoint has: 170 KB, 30000 values.
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxValues = std::size_t{1} << 20;
constexpr std::size_t kMaxMarks = 64;
constexpr std::size_t kMaxMemo = std::size_t{1} << 20;

constexpr int kProtocol = 2;
constexpr std::string_view kOrderedDict = "collections OrderedDict";

std::string opcode_text(std::uint8_t code) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = {'0', 'x', kDigits[code >> 4], kDigits[code & 15]};
  const auto* named = std::ranges::find(kOtherPickleOpcodes, code, &PickleOpcodeName::code);
  if (named != std::end(kOtherPickleOpcodes)) text += std::string(" (") + named->name + ")";
  return text;
}

/// The stack machine that a pickle is a program for, without anything that could call.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& where,
          std::span<const std::string_view> globals)
      : reader_(bytes, where), where_(where), globals_(globals) {}

  Pickle run() {
    if (reader_.u8(kWhat) != static_cast<std::uint8_t>(PickleOpcode::protocol)) {
      fail("expected a pickle, found something else");
    }
    const int protocol = reader_.u8(kWhat);
    if (protocol != kProtocol) unsupported("protocol " + std::to_string(protocol));
    while (true) {
      const auto opcode = static_cast<PickleOpcode>(reader_.u8(kWhat));
      if (opcode == PickleOpcode::stop) break;
      step(opcode);
    }
    if (stack_.size() != 1 || !marks_.empty()) fail("expected one value when the pickle stops");
    if (reader_.remaining() != 0) {
      fail(std::to_string(reader_.remaining()) + " bytes after the pickle's end");
    }
    pickle_.root = stack_.front();
    return std::move(pickle_);
  }

 private:
  static constexpr const char* kWhat = "the pickle";

  void step(PickleOpcode opcode) {
    switch (opcode) {
      case PickleOpcode::int1:
        return push_integer(reader_.u8(kWhat));
      case PickleOpcode::int2:
        return push_integer(reader_.u16(kWhat));
      case PickleOpcode::int4:
        return push_integer(reader_.i32(kWhat));
      case PickleOpcode::new_true:
      case PickleOpcode::new_false:
        return push({.kind = ValueKind::boolean, .integer = opcode == PickleOpcode::new_true});
      case PickleOpcode::unicode:
        return push_text(reader_.u32(kWhat));
      case PickleOpcode::empty_dictionary:
        return push({.kind = ValueKind::dictionary});
      case PickleOpcode::empty_tuple:
        return push_tuple(0);
      case PickleOpcode::tuple1:
        return push_tuple(1);
      case PickleOpcode::tuple2:
        return push_tuple(2);
      case PickleOpcode::tuple3:
        return push_tuple(3);
      case PickleOpcode::tuple:
        return push_tuple(since_mark());
      case PickleOpcode::mark:
        return mark();
      default:
        return step_with_memo(opcode);
    }
  }

  void step_with_memo(PickleOpcode opcode) {
    switch (opcode) {
      case PickleOpcode::put1:
        return put(reader_.u8(kWhat));
      case PickleOpcode::put4:
        return put(reader_.u32(kWhat));
      case PickleOpcode::get1:
        return get(reader_.u8(kWhat));
      case PickleOpcode::get4:
        return get(reader_.u32(kWhat));
      case PickleOpcode::set_item:
        return set_items(2);
      case PickleOpcode::set_items:
        return set_items(since_mark());
      case PickleOpcode::global:
        return push_global();
      case PickleOpcode::call:
        return push_call();
      case PickleOpcode::persistent_id:
        return push_persistent();
      case PickleOpcode::build:
        return drop_attributes();
      default:
        unsupported("opcode " + opcode_text(static_cast<std::uint8_t>(opcode)) + " at byte " +
                    std::to_string(reader_.position() - 1));
    }
  }

  Index add(PickleValue value) {
    if (pickle_.values.size() >= kMaxValues) {
      fail("expected a pickle of at most " + std::to_string(kMaxValues) + " values");
    }
    pickle_.values.push_back(std::move(value));
    return static_cast<Index>(pickle_.values.size() - 1);
  }

  void push_index(Index index) {
    if (stack_.size() >= kMaxValues) {
      fail("expected a pickle that holds at most " + std::to_string(kMaxValues) +
           " values at once");
    }
    stack_.push_back(index);
  }

  void push(PickleValue value) { push_index(add(std::move(value))); }

  void push_integer(std::int64_t value) { push({.kind = ValueKind::integer, .integer = value}); }

  void push_text(std::uint32_t bytes) {
    push({.kind = ValueKind::text, .text = reader_.text(bytes, "a text in the pickle")});
  }

  /// The topmost value, which must not lie below the last mark.
  Index pop() {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) fail("the pickle takes a value that is not there");
    const Index index = stack_.back();
    stack_.pop_back();
    return index;
  }

  /// The topmost values, in the order in which they were pushed.
  std::vector<Index> pop_many(std::size_t count) {
    std::vector<Index> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }

  void mark() {
    if (marks_.size() >= kMaxMarks) {
      fail("expected a pickle at most " + std::to_string(kMaxMarks) + " levels deep");
    }
    marks_.push_back(stack_.size());
  }

  /// Ends the innermost mark; returns how many values are above it.
  std::size_t since_mark() {
    if (marks_.empty()) fail("the pickle ends a list that it did not begin");
    const std::size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  void push_tuple(std::size_t count) {
    PickleValue tuple = {.kind = ValueKind::tuple};
    tuple.items = pop_many(count);
    push(std::move(tuple));
  }

  void put(std::uint32_t place) {
    if (place >= kMaxMemo) fail("expected places in the memo below " + std::to_string(kMaxMemo));
    const Index value = pop();
    push_index(value);
    if (place >= memo_.size()) memo_.resize(place + 1, kEmpty);
    memo_[place] = value;
  }

  void get(std::uint32_t place) {
    if (place >= memo_.size() || memo_[place] == kEmpty) {
      fail("the pickle asks for value " + std::to_string(place) + ", which it did not store");
    }
    push_index(memo_[place]);
  }

  void set_items(std::size_t count) {
    if (count % 2 != 0) fail("a dictionary in the pickle has a key without a value");
    const std::vector<Index> items = pop_many(count);
    const Index target = pop();
    push_index(target);
    PickleValue& dictionary = pickle_.values[target];
    if (dictionary.kind != ValueKind::dictionary) wanted("a dictionary to fill", target);
    dictionary.items.insert(dictionary.items.end(), items.begin(), items.end());
  }

  void push_global() {
    const std::string_view module = line();
    const std::string_view name = line();
    const auto same = [&](std::string_view allowed) {
      return allowed.size() == module.size() + 1 + name.size() && allowed.starts_with(module) &&
             allowed[module.size()] == ' ' && allowed.ends_with(name);
    };
    const auto found = std::ranges::find_if(globals_, same);
    if (found == globals_.end()) {
      unsupported("the class or function " + printable(module) + "." + printable(name));
    }
    push({.kind = ValueKind::global, .text = *found});
  }

  /// Up to the next line feed, which is taken too.
  std::string_view line() {
    constexpr std::size_t kLongest = 256;
    ByteReader ahead = reader_;
    std::size_t bytes = 0;
    while (ahead.u8("a name in the pickle") != '\n') {
      if (++bytes > kLongest) fail("expected a name of at most 256 bytes in the pickle");
    }
    const std::string_view text = reader_.text(bytes, kWhat);
    reader_.u8(kWhat);
    return text;
  }

  void push_call() {
    const Index arguments = pop();
    const Index callable = pop();
    if (at(callable).kind != ValueKind::global) wanted("a class or function to call", callable);
    if (at(arguments).kind != ValueKind::tuple) wanted("a tuple of arguments", arguments);
    if (at(callable).text != kOrderedDict) {
      PickleValue call = {.kind = ValueKind::call};
      call.items = {callable, arguments};
      return push(std::move(call));
    }
    if (!at(arguments).items.empty()) unsupported("a collections.OrderedDict with arguments");
    push({.kind = ValueKind::dictionary});
  }

  void push_persistent() {
    const Index id = pop();
    if (at(id).kind != ValueKind::tuple) wanted("a tuple as persistent id", id);
    PickleValue persistent = {.kind = ValueKind::persistent};
    persistent.items = {id};
    push(std::move(persistent));
  }

  /// torch hangs the versions of its layers on a state's dictionary; nothing needs them.
  void drop_attributes() {
    const Index attributes = pop();
    const Index object = pop();
    if (at(attributes).kind != ValueKind::dictionary)
      wanted("a dictionary of attributes", attributes);
    if (at(object).kind != ValueKind::dictionary) wanted("a dictionary with attributes", object);
    push_index(object);
  }

  const PickleValue& at(Index index) const { return pickle_.values[index]; }

  [[noreturn]] void wanted(const std::string& what, Index found) const {
    fail("expected " + what + " in the pickle, found " + pickle_kind_name(at(found).kind));
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::bad_file, where_ + ": " + what);
  }

  [[noreturn]] void unsupported(const std::string& what) const {
    throw Error(ErrorCode::unsupported,
                where_ + ": the pickle uses " + what + ", which no checkpoint of weights needs");
  }

  static constexpr Index kEmpty = std::numeric_limits<Index>::max();

  ByteReader reader_;
  const std::string& where_;
  std::span<const std::string_view> globals_;
  Pickle pickle_;
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::vector<Index> memo_;
};

}  // namespace

const char* pickle_kind_name(PickleValue::Kind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return "a boolean";
    case ValueKind::integer:
      return "a whole number";
    case ValueKind::text:
      return "a text";
    case ValueKind::tuple:
      return "a tuple";
    case ValueKind::dictionary:
      return "a dictionary";
    case ValueKind::global:
      return "a class or function";
    case ValueKind::call:
      return "the result of a call";
    case ValueKind::persistent:
      return "a persistent id";
  }
  return "?";
}

Pickle parse_pickle(std::span<const std::byte> bytes, const std::string& where,
                    std::span<const std::string_view> globals) {
  if (bytes.size() > kMaxBytes) {
    throw Error(ErrorCode::bad_file, where + ": expected a pickle of at most " +
                                         std::to_string(kMaxBytes) + " bytes, found " +
                                         std::to_string(bytes.size()));
  }
  return Machine(bytes, where, globals).run();
}

}  // namespace tessera::whisper
