#include "src/whisper/json_file.h"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "src/base/mapped_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where + ": " + what);
}

/// Watches the parser's events and stops it at the first breach of a limit.
class Guard {
 public:
  Guard(const std::string& where, const JsonLimits& limits) : where_(where), limits_(limits) {}

  void operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        keys_.emplace_back();
        open(depth);
        break;
      case Json::parse_event_t::array_start:
        open(depth);
        break;
      case Json::parse_event_t::object_end:
        keys_.pop_back();
        break;
      case Json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
          fail(where_, "key " + printable_value(parsed) + " appears twice");
        }
        break;
      case Json::parse_event_t::value:
        count();
        break;
      case Json::parse_event_t::array_end:
        break;
    }
  }

 private:
  void open(int depth) {
    if (depth >= limits_.max_depth) {
      fail(where_, "expected JSON at most " + std::to_string(limits_.max_depth) + " levels deep");
    }
    count();
  }

  void count() {
    if (++values_ > limits_.max_values) {
      fail(where_, "expected JSON with at most " + std::to_string(limits_.max_values) + " values");
    }
  }

  const std::string& where_;
  const JsonLimits& limits_;
  std::vector<std::unordered_set<std::string>> keys_;  // of every object that is open
  std::size_t values_ = 0;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    fail(where, "expected at most " + std::to_string(limits.max_bytes) + " bytes of JSON, found " +
                    std::to_string(text.size()));
  }
  Guard guard(where, limits);
  const auto callback = [&guard](int depth, Json::parse_event_t event, Json& parsed) {
    guard(depth, event, parsed);
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), callback);
  } catch (const Json::parse_error& error) {
    fail(where, "not valid JSON at byte " + std::to_string(error.byte));
  } catch (const Json::exception&) {
    fail(where, "not valid JSON: a number is out of range");
  }
}

Json read_json_file(const std::filesystem::path& path, const JsonLimits& limits) {
  const base::MappedFile file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  return parse_json(text, path.string(), limits);
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

std::string printable_value(const Json& value) {
  if (value.is_string()) return "'" + printable(value.get_ref<const std::string&>()) + "'";
  if (value.is_object() || (value.is_array() && value.size() > 8)) {
    return std::string("an ") + value.type_name();
  }
  return printable(value.dump());
}

}  // namespace tessera::whisper
