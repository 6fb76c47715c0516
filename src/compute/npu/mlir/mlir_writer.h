// Lines of MLIR in generic form.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace tessera::compute::npu {

/// A dictionary of attributes, in the order in which they are added.
class Attributes {
 public:
  Attributes& add(const std::string& name, const std::string& value);
  Attributes& text(const std::string& name, const std::string& value);
  Attributes& symbol(const std::string& name, const std::string& value);
  Attributes& i32(const std::string& name, std::int64_t value);
  Attributes& i64(const std::string& name, std::int64_t value);
  Attributes& boolean(const std::string& name, bool value);
  /// array<i64: 1, 2, 3>
  Attributes& i64_array(const std::string& name, const std::vector<std::int64_t>& values);
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

/// "a, b, c"
std::string listed(const std::vector<std::string>& parts);

/// memref<16xi32> of that many bytes, rounded up to words.
std::string words_type(std::int64_t bytes);

/// An operation: its results, name, operands and their types. Values are numbered in one row.
class MlirWriter {
 public:
  /// Writes `"name"(operands) {attributes} : (types) -> result`; returns the value's name, or "" if
  /// `result` is.
  std::string op(const std::string& name, const std::vector<std::string>& operands,
                 const std::vector<std::string>& types, const Attributes& attributes,
                 const std::string& result = "");

  /// An operation with a region: what is written until end_region() is inside.
  void begin_region(const std::string& name, const std::vector<std::string>& operands,
                    bool has_result = false);
  void end_region(const Attributes& attributes, const std::vector<std::string>& types,
                  const std::string& result = "");
  /// The arguments of the region just begun: returns their names.
  std::vector<std::string> block(const std::vector<std::string>& types);

  std::string take() { return std::move(text_); }

 private:
  std::string new_value() { return "%" + std::to_string(values_++); }

  std::string text_;
  std::string indent_;
  int values_ = 0;
};

}  // namespace tessera::compute::npu
