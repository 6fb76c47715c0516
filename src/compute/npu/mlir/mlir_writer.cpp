#include "src/compute/npu/mlir/mlir_writer.h"

namespace tessera::compute::npu {
namespace {

std::string attribute_list(const Attributes& attributes) {
  return attributes.str().empty() ? "" : " {" + attributes.str() + "}";
}

std::string signature(const std::vector<std::string>& types, const std::string& result) {
  return " : (" + listed(types) + ") -> " + (result.empty() ? "()" : result) + "\n";
}

}  // namespace

Attributes& Attributes::add(const std::string& name, const std::string& value) {
  if (!text_.empty()) text_ += ", ";
  text_ += name;
  text_ += " = ";
  text_ += value;
  return *this;
}
Attributes& Attributes::text(const std::string& name, const std::string& value) {
  return add(name, "\"" + value + "\"");
}
Attributes& Attributes::symbol(const std::string& name, const std::string& value) {
  return add(name, "@" + value);
}
Attributes& Attributes::i32(const std::string& name, std::int64_t value) {
  return add(name, std::to_string(value) + " : i32");
}
Attributes& Attributes::i64(const std::string& name, std::int64_t value) {
  return add(name, std::to_string(value) + " : i64");
}
Attributes& Attributes::boolean(const std::string& name, bool value) {
  return add(name, value ? "true" : "false");
}
Attributes& Attributes::i64_array(const std::string& name,
                                  const std::vector<std::int64_t>& values) {
  std::vector<std::string> parts;
  parts.reserve(values.size());
  for (const std::int64_t value : values) parts.push_back(std::to_string(value));
  return add(name, "array<i64: " + listed(parts) + ">");
}

std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += ", ";
    text += parts[i];
  }
  return text;
}

std::string words_type(std::int64_t bytes) {
  return "memref<" + std::to_string((bytes + 3) / 4) + "xi32>";
}

std::string MlirWriter::op(const std::string& name, const std::vector<std::string>& operands,
                           const std::vector<std::string>& types, const Attributes& attributes,
                           const std::string& result) {
  std::string value = result.empty() ? "" : new_value();
  text_ += indent_;
  if (!value.empty()) text_ += value + " = ";
  text_ += "\"" + name + "\"(" + listed(operands) + ")" + attribute_list(attributes) +
           signature(types, result);
  return value;
}

void MlirWriter::begin_region(const std::string& name, const std::vector<std::string>& operands,
                              bool has_result) {
  text_ += indent_;
  if (has_result) text_ += new_value() + " = ";
  text_ += "\"" + name + "\"(" + listed(operands) + ") ({\n";
  indent_ += "  ";
}

void MlirWriter::end_region(const Attributes& attributes, const std::vector<std::string>& types,
                            const std::string& result) {
  indent_.resize(indent_.size() - 2);
  text_ += indent_ + "})" + attribute_list(attributes) + signature(types, result);
}

std::vector<std::string> MlirWriter::block(const std::vector<std::string>& types) {
  std::vector<std::string> names, arguments;
  for (const std::string& type : types) {
    names.push_back(new_value());
    arguments.push_back(names.back() + ": " + type);
  }
  text_ += indent_.substr(2) + "^bb0(" + listed(arguments) + "):\n";
  return names;
}

}  // namespace tessera::compute::npu
