// tessera_convert and tessera_download.
#include "src/c_api/callbacks.h"
#include "src/c_api/handles.h"
#include "src/c_api/status.h"

using tessera::c_api::options_or_defaults;
using tessera::c_api::require;

tessera_status tessera_convert(const char* name, const char* directory,
                               const tessera_options* options) {
  return tessera::c_api::guarded([&] {
    const tessera_options chosen = options_or_defaults(options);
    tessera::convert_model(&require(name, "name"), &require(directory, "directory"), chosen.convert,
                           tessera::c_api::convert_callbacks(chosen));
  });
}

tessera_status tessera_download(const char* name, const tessera_options* options, char** path) {
  return tessera::c_api::get_value<char*>(path, "path", nullptr, [&] {
    tessera_options chosen = options_or_defaults(options);
    chosen.download.model_dir = chosen.convert.model_dir;
    return tessera::c_api::duplicate(tessera::download_model(
        &require(name, "name"), chosen.download, tessera::c_api::download_callbacks(chosen)));
  });
}
