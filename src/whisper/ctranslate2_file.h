// The container of CTranslate2's models, model.bin: named variables and their aliases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/whisper/byte_reader.h"

namespace tessera::whisper {

/// CTranslate2's number formats by their code in the file (types.h, enum DataType).
enum class Ctranslate2Type : std::uint8_t { f32 = 0, i8 = 1, i16 = 2, i32 = 3, f16 = 4, bf16 = 5 };
std::size_t element_bytes(Ctranslate2Type type);
const char* type_name(Ctranslate2Type type);

/// One array of the file; its data still lie there, unaligned.
struct Ctranslate2Variable {
  std::string name;
  std::vector<std::uint64_t> shape;  ///< empty for a scalar
  Ctranslate2Type type = Ctranslate2Type::f32;
  std::span<const std::byte> data;

  bool is_scalar() const { return shape.empty(); }
  /// The value of an integer that is a scalar.
  std::int64_t whole() const;
};

/// model.bin of a Whisper model, fully checked: version, kind of model, every variable's name,
/// type and size, no name twice, aliases that lead to variables, nothing after the last.
/// Format: CTranslate2, python/ctranslate2/specs/model_spec.py, _serialize.
class Ctranslate2File {
 public:
  /// `where` (the file's name) begins the messages. The bytes must outlive the object.
  /// Throws Error{bad_file}, Error{unsupported} for another version.
  Ctranslate2File(std::span<const std::byte> bytes, std::string where);

  const std::string& where() const { return where_; }

  /// The variable of that name or alias, or nullptr.
  const Ctranslate2Variable* find(std::string_view name) const;

  /// By name, without the aliases.
  const std::map<std::string, Ctranslate2Variable, std::less<>>& variables() const {
    return variables_;
  }

  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void unsupported(const std::string& what) const;

 private:
  void read_head(ByteReader& reader) const;
  void add_variable(ByteReader& reader);
  void add_alias(ByteReader& reader);

  std::string where_;
  std::map<std::string, Ctranslate2Variable, std::less<>> variables_;
  std::map<std::string, std::string, std::less<>> aliases_;  // to names of variables
};

/// Whether bytes begin as a model.bin does, whatever model it is.
bool is_ctranslate2_file(std::span<const std::byte> bytes);

}  // namespace tessera::whisper
