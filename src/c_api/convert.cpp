// tessera_convert.
#include "tessera/convert.h"

#include "src/c_api/callbacks.h"
#include "src/c_api/status.h"

tessera_status tessera_convert(const char* name, const char* directory,
                               const tessera_options* options) {
  using tessera::c_api::require;
  return tessera::c_api::guarded([&] {
    const tessera_options chosen = tessera::c_api::options_or_defaults(options);
    tessera::convert_model(&require(name, "name"), &require(directory, "directory"), chosen.convert,
                           tessera::c_api::convert_callbacks(chosen));
  });
}
