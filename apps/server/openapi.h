// The server's interface as an OpenAPI document.
#pragma once

#include <string>

namespace tessera::server {

/// JSON, version 3.1 of the specification; the fields of forms are those of request_fields.
std::string openapi_document();

}  // namespace tessera::server
