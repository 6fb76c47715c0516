#include "src/whisper/safetensors.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::bad_file, path + ": " + what);
}

[[noreturn]] void fail_tensor(const std::string& path, const std::string& name,
                              const std::string& what) {
  fail(path, "tensor " + printable(name) + ": " + what);
}

/// Bits of one element for every dtype of the format, or nothing for an unknown name.
std::optional<std::uint64_t> element_bits(std::string_view dtype) {
  struct Row {
    std::string_view name;
    std::uint64_t bits;
  };
  constexpr Row kRows[] = {
      {"BOOL", 8},    {"U8", 8},   {"I8", 8},      {"F8_E5M2", 8}, {"F8_E4M3", 8},
      {"F8_E8M0", 8}, {"U16", 16}, {"I16", 16},    {"F16", 16},    {"BF16", 16},
      {"U32", 32},    {"I32", 32}, {"F32", 32},    {"U64", 64},    {"I64", 64},
      {"F64", 64},    {"C64", 64}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
  };
  for (const Row& row : kRows) {
    if (row.name == dtype) return row.bits;
  }
  return std::nullopt;
}

/// Multiplies `total` in place; false when the product leaves 64 bits.
bool multiply(std::uint64_t& total, std::uint64_t factor) {
  if (factor != 0 && total > std::numeric_limits<std::uint64_t>::max() / factor) return false;
  total *= factor;
  return true;
}

/// The header's text, after checking that the file holds as much as it announces.
std::string_view header_text(std::span<const std::byte> file, const std::string& path) {
  if (file.size() < kLengthBytes) {
    fail(path,
         "not a safetensors file: expected at least 8 bytes, found " + std::to_string(file.size()));
  }
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | std::to_integer<std::uint64_t>(file[i]);
  const std::uint64_t room = file.size() - kLengthBytes;
  if (length == 0 || length > kMaxHeaderBytes) {
    fail(path, "not a safetensors file: expected a header of 1 to " +
                   std::to_string(kMaxHeaderBytes) + " bytes, found " + std::to_string(length));
  }
  if (length > room) {
    fail(path, "truncated: the header has " + std::to_string(length) + " bytes, the file only " +
                   std::to_string(room) + " after its length");
  }
  const auto* text = reinterpret_cast<const char*>(file.data() + kLengthBytes);
  if (text[0] != '{') fail(path, "not a safetensors file: expected its header to begin with '{'");
  return {text, static_cast<std::size_t>(length)};
}

Json parse_header(std::string_view text, const std::string& path) {
  // root, tensor, shape: three levels. A tensor has about eight values.
  const JsonLimits limits = {
      .max_bytes = kMaxHeaderBytes, .max_values = std::size_t{8} << 20, .max_depth = 3};
  return parse_json(text, path, limits);
}

/// The member `key` of a tensor's description as a list of sizes.
std::vector<std::uint64_t> sizes(const Json& info, const char* key, const std::string& path,
                                 const std::string& name) {
  const auto found = info.find(key);
  if (found == info.end() || !found->is_array()) {
    fail_tensor(path, name, std::string("expected a list ") + key);
  }
  std::vector<std::uint64_t> values;
  for (const Json& value : *found) {
    // Negative, fractional and larger than 64 bits: each has another JSON type.
    if (!value.is_number_unsigned()) {
      fail_tensor(
          path, name,
          std::string("expected whole numbers in ") + key + ", found " + printable_value(value));
    }
    values.push_back(value.get<std::uint64_t>());
  }
  return values;
}

/// The bytes that shape and dtype demand.
std::uint64_t demanded_bytes(const std::vector<std::uint64_t>& shape, const std::string& dtype,
                             const std::string& path, const std::string& name) {
  const auto bits = element_bits(dtype);
  if (!bits) fail_tensor(path, name, "unknown dtype '" + printable(dtype) + "'");
  std::uint64_t total = *bits;
  for (const std::uint64_t size : shape) {
    // One dimension alone must fit the signed sizes that the rest of the program uses.
    if (size > std::numeric_limits<std::int64_t>::max() || !multiply(total, size)) {
      fail_tensor(path, name, "the product of its shape leaves 64 bits");
    }
  }
  if (total % 8 != 0) fail_tensor(path, name, "its elements do not fill whole bytes");
  return total / 8;
}

SafetensorsEntry parse_entry(const std::string& name, const Json& info,
                             std::span<const std::byte> buffer, const std::string& path) {
  if (!info.is_object()) {
    fail_tensor(path, name,
                "expected dtype, shape and data_offsets, found " + printable_value(info));
  }
  const auto dtype = info.find("dtype");
  if (dtype == info.end() || !dtype->is_string()) {
    fail_tensor(path, name, "expected a text dtype");
  }
  const std::vector<std::uint64_t> shape = sizes(info, "shape", path, name);
  const std::vector<std::uint64_t> range = sizes(info, "data_offsets", path, name);
  if (range.size() != 2 || range[0] > range[1]) {
    fail_tensor(path, name, "expected data_offsets [begin, end] with begin <= end");
  }
  if (range[1] > buffer.size()) {
    fail_tensor(path, name,
                "truncated: its data ends at byte " + std::to_string(range[1]) + ", the file has " +
                    std::to_string(buffer.size()));
  }
  const std::uint64_t bytes = range[1] - range[0];
  const std::uint64_t demanded = demanded_bytes(shape, dtype->get<std::string>(), path, name);
  if (bytes != demanded) {
    fail_tensor(path, name,
                "expected " + std::to_string(demanded) +
                    " bytes from its shape and dtype, data_offsets hold " + std::to_string(bytes));
  }
  return {name,
          dtype->get<std::string>(),
          {shape.begin(), shape.end()},
          buffer.subspan(range[0], bytes)};
}

/// Throws unless the entries, ordered by position, cover the buffer exactly once.
void check_tiling(const std::vector<SafetensorsEntry>& entries, std::span<const std::byte> buffer,
                  const std::string& path) {
  const std::byte* expected = buffer.data();
  for (const SafetensorsEntry& entry : entries) {
    if (entry.data.data() != expected) {
      const bool hole = entry.data.data() > expected;
      fail_tensor(path, entry.name,
                  std::string(hole ? "unused bytes before" : "overlap with another tensor at") +
                      " its data, byte " + std::to_string(entry.data.data() - buffer.data()));
    }
    expected += entry.data.size();
  }
  const std::byte* end = buffer.data() + buffer.size();
  if (expected != end) {
    fail(path, std::to_string(end - expected) + " bytes after the last tensor belong to none");
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : path_(path.string()), file_(path) {
  parse(file_->bytes());
}

SafetensorsFile::SafetensorsFile(std::span<const std::byte> file, std::string path)
    : path_(std::move(path)) {
  parse(file);
}

void SafetensorsFile::parse(std::span<const std::byte> file) {
  const std::string_view text = header_text(file, path_);
  const std::span<const std::byte> buffer = file.subspan(kLengthBytes + text.size());
  const Json header = parse_header(text, path_);
  for (const auto& [name, info] : header.items()) {
    if (name != "__metadata__") entries_.push_back(parse_entry(name, info, buffer, path_));
  }
  // Empty tensors share their position with the next one, hence the size as second key.
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return a.data.data() != b.data.data() ? a.data.data() < b.data.data()
                                          : a.data.size() < b.data.size();
  });
  check_tiling(entries_, buffer, path_);
  for (const SafetensorsEntry& entry : entries_) by_name_.emplace(entry.name, &entry);
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

compute::WeightView SafetensorsFile::weight(const SafetensorsEntry& entry) const {
  compute::WeightView view;
  if (entry.dtype == "F32") {
    view.dtype = compute::DType::f32;
  } else if (entry.dtype == "F16") {
    view.dtype = compute::DType::f16;
  } else if (entry.dtype == "BF16") {
    view.dtype = compute::DType::bf16;
  } else {
    fail_tensor(path_, entry.name, "expected F32, F16 or BF16, file has " + entry.dtype);
  }
  if (entry.shape.size() > view.shape.size()) {
    fail_tensor(path_, entry.name,
                "expected at most 3 dimensions, file has " + std::to_string(entry.shape.size()));
  }
  view.shape = {1, 1, 1};
  std::copy(entry.shape.begin(), entry.shape.end(), view.shape.begin());
  view.data = entry.data.data();
  return view;
}

}  // namespace tessera::whisper
