#include "src/whisper/ctranslate2_file.h"

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr std::uint32_t kBinaryVersion = 6;
constexpr std::uint32_t kRevision = 3;
constexpr std::string_view kSpec = "WhisperSpec";
constexpr std::string_view kSpecEnding = "Spec";
constexpr std::uint8_t kMostDims = 4;
constexpr std::uint8_t kTypes = 6;

/// A length of 16 bits that counts the NUL at the end.
std::string read_name(ByteReader& reader, std::string_view what) {
  const std::uint16_t bytes = reader.u16(what);
  const std::string_view text = reader.text(bytes, what);
  if (text.find('\0') != static_cast<std::size_t>(bytes) - 1) {
    reader.fail("expected " + std::string(what) + " to end at its NUL, found '" + printable(text) +
                "' at byte " + std::to_string(reader.position() - bytes));
  }
  return std::string(text.substr(0, text.size() - 1));
}

}  // namespace

std::size_t element_bytes(Ctranslate2Type type) {
  switch (type) {
    case Ctranslate2Type::f32:
    case Ctranslate2Type::i32:
      return 4;
    case Ctranslate2Type::i16:
    case Ctranslate2Type::f16:
    case Ctranslate2Type::bf16:
      return 2;
    case Ctranslate2Type::i8:
      return 1;
  }
  return 0;
}

const char* type_name(Ctranslate2Type type) {
  constexpr const char* kNames[kTypes] = {"float32", "int8",    "int16",
                                          "int32",   "float16", "bfloat16"};
  return kNames[static_cast<std::size_t>(type)];
}

std::int64_t Ctranslate2Variable::whole() const {
  std::uint64_t bits = 0;
  for (std::size_t i = data.size(); i > 0; --i) {
    bits = bits << 8 | std::to_integer<std::uint64_t>(data[i - 1]);
  }
  const std::size_t unused = 64 - 8 * data.size();
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

Ctranslate2File::Ctranslate2File(std::span<const std::byte> bytes, std::string where)
    : where_(std::move(where)) {
  ByteReader reader(bytes, where_);
  read_head(reader);
  const std::uint32_t variables = reader.u32("number of variables");
  for (std::uint32_t i = 0; i < variables; ++i) add_variable(reader);
  const std::uint32_t aliases = reader.u32("number of aliases");
  for (std::uint32_t i = 0; i < aliases; ++i) add_alias(reader);
  if (reader.remaining() > 0) {
    fail(std::to_string(reader.remaining()) + " bytes after the last alias belong to nothing");
  }
}

const Ctranslate2Variable* Ctranslate2File::find(std::string_view name) const {
  const auto alias = aliases_.find(name);
  const auto found = variables_.find(alias == aliases_.end() ? name : alias->second);
  return found == variables_.end() ? nullptr : &found->second;
}

void Ctranslate2File::fail(const std::string& what) const {
  throw Error(ErrorCode::bad_file, where_ + ": " + what);
}

void Ctranslate2File::unsupported(const std::string& what) const {
  throw Error(ErrorCode::unsupported, where_ + ": " + what);
}

void Ctranslate2File::read_head(ByteReader& reader) const {
  const std::uint32_t version = reader.u32("version");
  if (version == 0 || version > 0xffff) {
    fail("not a CTranslate2 model: expected it to begin with the version " +
         std::to_string(kBinaryVersion) + ", found " + std::to_string(version));
  }
  if (version != kBinaryVersion) {
    unsupported("expected version " + std::to_string(kBinaryVersion) +
                " of CTranslate2's format, found " + std::to_string(version));
  }
  const std::string spec = read_name(reader, "the kind of model");
  if (spec != kSpec) fail("expected a WhisperSpec, found '" + printable(spec) + "'");
  const std::uint32_t revision = reader.u32("revision");
  if (revision != kRevision) {
    unsupported("expected revision " + std::to_string(kRevision) + " of WhisperSpec, found " +
                std::to_string(revision));
  }
}

void Ctranslate2File::add_variable(ByteReader& reader) {
  Ctranslate2Variable variable;
  variable.name = read_name(reader, "a variable's name");
  const std::string shown = "variable " + printable(variable.name);
  const std::uint8_t rank = reader.u8("a variable's number of dimensions");
  if (rank > kMostDims) {
    fail(shown + ": expected at most " + std::to_string(kMostDims) + " dimensions, found " +
         std::to_string(rank));
  }
  for (int i = 0; i < rank; ++i) {
    variable.shape.push_back(reader.u32("a variable's sizes"));
    if (variable.shape.back() == 0) fail(shown + ": expected positive sizes, found 0");
  }
  const std::uint8_t type = reader.u8("a variable's type");
  if (type >= kTypes) {
    fail(shown + ": expected a type from 0 to " + std::to_string(kTypes - 1) + ", found " +
         std::to_string(type));
  }
  variable.type = static_cast<Ctranslate2Type>(type);
  const std::uint32_t bytes = reader.u32("a variable's length");
  std::uint64_t values = 0;
  // Compared by division: a product with the element may leave 64 bits.
  const std::size_t element = element_bytes(variable.type);
  if (!multiply_sizes(variable.shape, values) || bytes % element != 0 ||
      bytes / element != values) {
    fail(shown + ": its " + std::to_string(bytes) + " bytes do not fit its shape and type " +
         type_name(variable.type));
  }
  variable.data = reader.take(bytes, shown);
  const std::string name = variable.name;
  if (!variables_.emplace(name, std::move(variable)).second)
    fail(shown + " is there a second time");
}

void Ctranslate2File::add_alias(ByteReader& reader) {
  const std::string alias = read_name(reader, "an alias");
  const std::string target = read_name(reader, "an alias's variable");
  if (!variables_.contains(target)) {
    fail("alias " + printable(alias) + ": variable " + printable(target) + " is missing");
  }
  if (variables_.contains(alias) || !aliases_.emplace(alias, target).second) {
    fail("alias " + printable(alias) + " is there a second time");
  }
  // The scale of quantised values goes with them, without being listed.
  if (variables_.contains(target + "_scale") && !variables_.contains(alias + "_scale")) {
    aliases_.emplace(alias + "_scale", target + "_scale");
  }
}

bool is_ctranslate2_file(std::span<const std::byte> bytes) {
  constexpr std::size_t kHead = 6;       // version and the length of the kind
  constexpr std::size_t kLongest = 256;  // of a kind's name
  if (bytes.size() < kHead) return false;
  ByteReader reader(bytes, "");
  const std::uint32_t version = reader.u32("version");
  const std::uint16_t length = reader.u16("length");
  if (version == 0 || version > 0xff || length > kLongest || length > reader.remaining()) {
    return false;
  }
  const std::string_view spec = reader.text(length, "kind");
  return spec.size() > kSpecEnding.size() && spec.back() == '\0' &&
         spec.substr(0, spec.size() - 1).ends_with(kSpecEnding);
}

}  // namespace tessera::whisper
