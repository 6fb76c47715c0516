#include "src/whisper/json_file.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "src/base/mapped_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where + ": " + what);
}

/// Builds a document from the parser's events, and stops it at the first breach of a limit. Keys
/// that appear twice are found when they are read or, where the document keeps the file's order
/// and so has no index of them, at the object's end.
template <class Json>
class JsonBuilder {
 public:
  JsonBuilder(const std::string& where, const JsonLimits& limits)
      : where_(where), limits_(limits) {}

  Json take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(typename Json::binary_t& value) { return add(std::move(value)); }

  bool start_object(std::size_t /*size*/) { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) { return open(Json::array()); }
  bool end_array() { return close(); }
  bool end_object() {
    if constexpr (kKeepsOrder) check_keys(members(*open_.back()));
    return close();
  }

  bool key(std::string& name) {
    auto& object = members(*open_.back());
    if constexpr (kKeepsOrder) {
      member_ = &object.emplace_back(std::move(name), nullptr).second;
    } else {
      const auto [entry, fresh] = object.try_emplace(std::move(name), nullptr);
      if (!fresh) fail_twice(entry->first);
      member_ = &entry->second;
    }
    return true;
  }

  template <class Exception>
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const Exception& error) {
    const auto* syntax = dynamic_cast<const typename Json::parse_error*>(&error);
    fail(where_, syntax != nullptr ? "not valid JSON at byte " + std::to_string(syntax->byte)
                                   : "not valid JSON: a number is out of range");
  }

 private:
  static constexpr bool kKeepsOrder = std::is_same_v<Json, nlohmann::ordered_json>;
  using Members = typename Json::object_t;

  static Members& members(Json& object) { return object.template get_ref<Members&>(); }

  Json& place(Json value) {
    if (++values_ > limits_.max_values) {
      fail(where_, "expected JSON with at most " + std::to_string(limits_.max_values) + " values");
    }
    if (!open_.empty() && open_.back()->is_array()) {
      return open_.back()->template get_ref<typename Json::array_t&>().emplace_back(
          std::move(value));
    }
    return (open_.empty() ? root_ : *member_) = std::move(value);
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
      fail(where_, "expected JSON at most " + std::to_string(limits_.max_depth) + " levels deep");
    }
    open_.push_back(&place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  void check_keys(const Members& object) const {
    std::unordered_set<std::string_view> names(object.size());
    for (const auto& member : object) {
      if (!names.insert(member.first).second) fail_twice(member.first);
    }
  }

  [[noreturn]] void fail_twice(const std::string& name) const {
    fail(where_, "key '" + printable(name) + "' appears twice");
  }

  const std::string& where_;
  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;  // objects and arrays, each inside the one before
  Json* member_ = nullptr;   // where the value after a key goes
  std::size_t values_ = 0;
};

template <class Json>
Json parse(std::string_view text, const std::string& where, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    fail(where, "expected at most " + std::to_string(limits.max_bytes) + " bytes of JSON, found " +
                    std::to_string(text.size()));
  }
  JsonBuilder<Json> builder(where, limits);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

template <class Json>
Json read(const std::filesystem::path& path, const JsonLimits& limits) {
  const base::MappedFile file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  return parse<Json>(text, path.string(), limits);
}

template <class Json>
std::string text_of(const Json& value) {
  if (value.is_string()) {
    return "'" + printable(value.template get_ref<const std::string&>()) + "'";
  }
  if (value.is_object() || (value.is_array() && value.size() > 8)) {
    return std::string("an ") + value.type_name();
  }
  return printable(value.dump());
}

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& where,
                          const JsonLimits& limits) {
  return parse<nlohmann::json>(text, where, limits);
}

nlohmann::ordered_json parse_json_in_order(std::string_view text, const std::string& where) {
  return parse<nlohmann::ordered_json>(text, where, {});
}

nlohmann::json read_json_file(const std::filesystem::path& path, const JsonLimits& limits) {
  return read<nlohmann::json>(path, limits);
}

nlohmann::ordered_json read_json_file_in_order(const std::filesystem::path& path) {
  return read<nlohmann::ordered_json>(path, {});
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  const bool cut = text.size() > kLongest;
  if (cut) {
    std::size_t end = kLongest;
    // Not inside a UTF-8 sequence: its later bytes are 10xxxxxx.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
    text = text.substr(0, end);
  }
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return cut ? out + "..." : out;
}

std::string printable_value(const nlohmann::json& value) { return text_of(value); }
std::string printable_value(const nlohmann::ordered_json& value) { return text_of(value); }

}  // namespace tessera::whisper
