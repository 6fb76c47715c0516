#include "src/compute/cpu/plan_text.h"

#include <algorithm>
#include <vector>

#include "tessera/error.h"

namespace tessera::compute::cpu {
namespace {

/// A number of the plan and what it is called.
struct Field {
  const char* name;
  Number* number;
};

/// A line: "encoder 3" and its fields.
struct Line {
  std::string name;
  std::vector<Field> fields;
};

/// All lines of a plan, in their order.
std::vector<Line> lines_of(PrecisionPlan& plan) {
  std::vector<Line> lines = {{"stem", {{"conv", &plan.stem}}}};
  const auto name = [](const char* part, std::size_t layer) {
    return std::string(part) + ' ' + std::to_string(layer);
  };
  for (std::size_t i = 0; i < plan.encoder.size(); ++i) {
    EncoderLayerPlan& layer = plan.encoder[i];
    lines.push_back({name("encoder", i),
                     {{"qkv", &layer.qkv},
                      {"attention", &layer.attention},
                      {"out", &layer.out},
                      {"up", &layer.up},
                      {"down", &layer.down}}});
  }
  for (std::size_t i = 0; i < plan.cross.size(); ++i) {
    lines.push_back({name("cross", i), {{"kv", &plan.cross[i]}}});
  }
  for (std::size_t i = 0; i < plan.decoder.size(); ++i) {
    DecoderLayerPlan& layer = plan.decoder[i];
    lines.push_back({name("decoder", i),
                     {{"self", &layer.self}, {"cross", &layer.cross}, {"ffn", &layer.ffn}}});
  }
  lines.push_back({"logits", {{"out", &plan.logits}}});
  return lines;
}

std::string text_of(const Line& line) {
  std::string text = line.name + ":";
  for (const Field& field : line.fields) {
    text += &field == line.fields.data() ? " " : ", ";
    text += field.name;
    text += ' ';
    text += number_name(*field.number);
  }
  return text;
}

/// Takes `word` off the front of `text`, after blanks.
bool take(std::string_view& text, std::string_view word) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

bool take_number(std::string_view& text, Number& number) {
  for (const Number candidate : {Number::f32, Number::bf16, Number::i8}) {
    if (!take(text, number_name(candidate))) continue;
    number = candidate;
    return true;
  }
  return false;
}

bool parse_line(std::string_view text, const Line& line) {
  if (!take(text, line.name + ":")) return false;
  for (const Field& field : line.fields) {
    if (&field != line.fields.data() && !take(text, ",")) return false;
    if (!take(text, field.name) || !take_number(text, *field.number)) return false;
  }
  return text.find_first_not_of(" \r") == std::string_view::npos;
}

/// The stem has no bytes: see PrecisionPlan::of.
void check_stem(const PrecisionPlan& plan, const std::string& where) {
  if (plan.stem != Number::i8) return;
  throw Error(ErrorCode::bad_file, where + ": expected f32 or bf16 for the stem, got int8");
}

}  // namespace

std::string text_of(const PrecisionPlan& plan) {
  PrecisionPlan copy = plan;  // lines_of() wants to be able to write
  std::string text;
  for (const Line& line : lines_of(copy)) text += text_of(line) + "\n";
  return text;
}

PrecisionPlan parse_plan(std::string_view text, const ModelDims& dims, const std::string& where) {
  PrecisionPlan plan = PrecisionPlan::of(dims, Precision::int8);
  const std::vector<Line> wanted = lines_of(plan);
  std::size_t number = 0, found = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.starts_with('#') || line.find_first_not_of(" \r") == std::string_view::npos) continue;
    if (found == wanted.size() || !parse_line(line, wanted[found])) {
      std::string message = where + ":" + std::to_string(number) + ": expected ";
      message +=
          found < wanted.size() ? "a line like '" + text_of(wanted[found]) + "'" : "no more lines";
      message += ", got '";
      message += line;
      message += '\'';
      throw Error(ErrorCode::bad_file, message);
    }
    ++found;
  }
  if (found < wanted.size()) {
    throw Error(ErrorCode::bad_file,
                where + ": expected a line for '" + wanted[found].name + "', found the end");
  }
  check_stem(plan, where);
  return plan;
}

}  // namespace tessera::compute::cpu
