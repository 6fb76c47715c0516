// tessera_options and tessera_cancel_token: settings by name, callbacks, cancelling.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/c_api/handles.h"
#include "src/c_api/option_values.h"
#include "src/c_api/status.h"

using tessera::c_api::guarded;
using tessera::c_api::make_handle;
using tessera::c_api::require;

namespace {

void set(tessera_options* options, const char* name, const tessera::c_api::OptionValue& value) {
  tessera::c_api::set_option(require(options, "options"), &require(name, "name"), value);
}

}  // namespace

tessera_status tessera_cancel_token_create(tessera_cancel_token** token) {
  return make_handle(token, "token", [] { return std::make_unique<tessera_cancel_token>(); });
}

tessera_status tessera_cancel(tessera_cancel_token* token) {
  return guarded([&] { require(token, "token").source.request_stop(); });
}

void tessera_cancel_token_free(tessera_cancel_token* token) { delete token; }

tessera_status tessera_options_create(tessera_options** options) {
  return make_handle(options, "options", [] { return std::make_unique<tessera_options>(); });
}

void tessera_options_free(tessera_options* options) { delete options; }

tessera_status tessera_option_count(size_t* count) {
  return tessera::c_api::get_value(count, "count", std::size_t{0}, [] {
    tessera_options defaults;
    return tessera::c_api::all_options(defaults).size();
  });
}

tessera_status tessera_option_at(size_t index, const char** name, tessera_option_type* type) {
  return guarded([&] {
    require(name, "name") = nullptr;
    require(type, "type") = TESSERA_OPTION_STRING;
    tessera_options defaults;
    const auto all = tessera::c_api::all_options(defaults);
    tessera::c_api::require_index(index, all.size());
    *name = all[index].name.data();  // a literal, which ends with a zero
    *type = tessera::c_api::type_of(all[index].value);
  });
}

tessera_status tessera_options_set_string(tessera_options* options, const char* name,
                                          const char* value) {
  return guarded([&] {
    const std::string text = &require(value, "value");
    set(options, name, text);
  });
}

tessera_status tessera_options_set_int(tessera_options* options, const char* name, int64_t value) {
  return guarded([&] { set(options, name, std::int64_t{value}); });
}

tessera_status tessera_options_set_double(tessera_options* options, const char* name,
                                          double value) {
  return guarded([&] { set(options, name, value); });
}

tessera_status tessera_options_set_bool(tessera_options* options, const char* name, int value) {
  return guarded([&] { set(options, name, value != 0); });
}

tessera_status tessera_options_set_double_list(tessera_options* options, const char* name,
                                               const double* values, size_t count) {
  return guarded([&] {
    if (count > 0) require(values, "values");
    const std::vector<double> list =
        count == 0 ? std::vector<double>{} : std::vector<double>(values, values + count);
    set(options, name, list);
  });
}

tessera_status tessera_options_unset(tessera_options* options, const char* name) {
  return guarded(
      [&] { tessera::c_api::unset_option(require(options, "options"), &require(name, "name")); });
}

tessera_status tessera_options_on_language(tessera_options* options,
                                           tessera_language_callback callback, void* user) {
  return guarded([&] { require(options, "options").on_language = {callback, user}; });
}

tessera_status tessera_options_on_segment(tessera_options* options,
                                          tessera_segment_callback callback, void* user) {
  return guarded([&] { require(options, "options").on_segment = {callback, user}; });
}

tessera_status tessera_options_on_window(tessera_options* options, tessera_window_callback callback,
                                         void* user) {
  return guarded([&] { require(options, "options").on_window = {callback, user}; });
}

tessera_status tessera_options_on_progress(tessera_options* options,
                                           tessera_progress_callback callback, void* user) {
  return guarded([&] { require(options, "options").on_progress = {callback, user}; });
}

tessera_status tessera_options_set_cancel_token(tessera_options* options,
                                                const tessera_cancel_token* token) {
  return guarded([&] {
    require(options, "options").stop =
        token == nullptr ? std::stop_token() : token->source.get_token();
  });
}
