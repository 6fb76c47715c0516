// tessera_model.
#include <memory>

#include "src/c_api/handles.h"
#include "src/c_api/status.h"

using tessera::c_api::get_value;
using tessera::c_api::make_handle;
using tessera::c_api::options_or_defaults;
using tessera::c_api::require;

tessera_status tessera_model_load(const char* name, const tessera_options* options,
                                  tessera_model** model) {
  return make_handle(model, "model", [&] {
    const tessera_options chosen = options_or_defaults(options);
    return std::make_unique<tessera_model>(
        tessera::Model::load(&require(name, "name"), chosen.convert.model_dir));
  });
}

void tessera_model_free(tessera_model* model) { delete model; }

tessera_status tessera_model_name(const tessera_model* model, const char** name) {
  return get_value<const char*>(name, "name", nullptr,
                                [&] { return require(model, "model").model.name().c_str(); });
}

tessera_status tessera_model_describe(const tessera_model* model, const char** description) {
  return get_value<const char*>(description, "description", nullptr,
                                [&] { return require(model, "model").description.c_str(); });
}

tessera_status tessera_model_is_multilingual(const tessera_model* model, int* is_multilingual) {
  return get_value(is_multilingual, "is_multilingual", 0,
                   [&] { return require(model, "model").model.is_multilingual() ? 1 : 0; });
}

tessera_status tessera_model_vocabulary_size(const tessera_model* model, int* tokens) {
  return get_value(tokens, "tokens", 0,
                   [&] { return require(model, "model").model.vocabulary_size(); });
}
