// tessera_result.
#include <cstddef>
#include <sstream>
#include <string>

#include "src/c_api/handles.h"
#include "src/c_api/status.h"

namespace tessera::c_api {
namespace {

OutputFormat parse_format(const char* name) {
  const std::vector<OutputFormat> formats = parse_output_formats(&require(name, "format"));
  if (formats.size() != 1) {
    throw Error(ErrorCode::bad_argument, "format: expected one, got '" + std::string(name) +
                                             "', which is " + std::to_string(formats.size()));
  }
  return formats.front();
}

void set_if_wanted(std::size_t* out, std::size_t value) {
  if (out != nullptr) *out = value;
}

}  // namespace
}  // namespace tessera::c_api

using tessera::c_api::duplicate;
using tessera::c_api::get_value;
using tessera::c_api::guarded;
using tessera::c_api::options_or_defaults;
using tessera::c_api::parse_format;
using tessera::c_api::require;
using tessera::c_api::require_index;
using tessera::c_api::set_if_wanted;

void tessera_result_free(tessera_result* result) { delete result; }

tessera_status tessera_result_text(const tessera_result* result, const char** text, size_t* bytes) {
  set_if_wanted(bytes, 0);
  return get_value<const char*>(text, "text", nullptr, [&] {
    const std::string& whole = require(result, "result").result.text;
    set_if_wanted(bytes, whole.size());
    return whole.c_str();
  });
}

tessera_status tessera_result_language(const tessera_result* result, const char** code,
                                       double* probability) {
  if (probability != nullptr) *probability = 0;
  return get_value<const char*>(code, "code", nullptr, [&] {
    const tessera::Result& own = require(result, "result").result;
    if (probability != nullptr) *probability = own.language_probability;
    return own.language.c_str();
  });
}

tessera_status tessera_result_duration(const tessera_result* result, double* duration_s) {
  return get_value(duration_s, "duration_s", 0.0,
                   [&] { return require(result, "result").result.duration_s; });
}

tessera_status tessera_result_has_words(const tessera_result* result, int* has_words) {
  return get_value(has_words, "has_words", 0,
                   [&] { return require(result, "result").result.has_words ? 1 : 0; });
}

tessera_status tessera_result_stage_seconds(const tessera_result* result,
                                            const tessera_stage_seconds** seconds) {
  return get_value<const tessera_stage_seconds*>(
      seconds, "seconds", nullptr, [&] { return &require(result, "result").seconds; });
}

tessera_status tessera_result_segment_count(const tessera_result* result, size_t* count) {
  return get_value(count, "count", std::size_t{0},
                   [&] { return require(result, "result").segments.size(); });
}

tessera_status tessera_result_segment(const tessera_result* result, size_t index,
                                      const tessera_segment** segment) {
  return get_value<const tessera_segment*>(segment, "segment", nullptr, [&] {
    const auto& segments = require(result, "result").segments;
    require_index(index, segments.size());
    return &segments[index].get();
  });
}

tessera_status tessera_result_left_out_count(const tessera_result* result, size_t* count) {
  return get_value(count, "count", std::size_t{0},
                   [&] { return require(result, "result").left_out.size(); });
}

tessera_status tessera_result_left_out(const tessera_result* result, size_t index,
                                       const tessera_left_out** left_out) {
  return get_value<const tessera_left_out*>(left_out, "left_out", nullptr, [&] {
    const auto& all = require(result, "result").left_out;
    require_index(index, all.size());
    return &all[index];
  });
}

tessera_status tessera_result_warning_count(const tessera_result* result, size_t* count) {
  return get_value(count, "count", std::size_t{0},
                   [&] { return require(result, "result").result.warnings.size(); });
}

tessera_status tessera_result_warning(const tessera_result* result, size_t index,
                                      const char** warning) {
  return get_value<const char*>(warning, "warning", nullptr, [&] {
    const auto& warnings = require(result, "result").result.warnings;
    require_index(index, warnings.size());
    return warnings[index].c_str();
  });
}

tessera_status tessera_result_save(const tessera_result* result, const char* format,
                                   const char* path, const tessera_options* options) {
  return guarded([&] {
    const tessera_result& own = require(result, "result");
    tessera::save_result(own.result, parse_format(format), &require(path, "path"),
                         options_or_defaults(options).layout, own.run);
  });
}

tessera_status tessera_result_write(const tessera_result* result, const char* format,
                                    const tessera_options* options, char** text, size_t* bytes) {
  set_if_wanted(bytes, 0);
  return get_value<char*>(text, "text", nullptr, [&] {
    const tessera_result& own = require(result, "result");
    std::ostringstream out;
    tessera::write_result(own.result, parse_format(format), out,
                          options_or_defaults(options).layout, own.run);
    char* copy = duplicate(out.view());
    set_if_wanted(bytes, out.view().size());
    return copy;
  });
}
