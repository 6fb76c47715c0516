// The web page, which is part of the program.
#pragma once

#include <span>
#include <string>

#include "apps/server/http/message.h"

namespace tessera::server {

extern const std::span<const unsigned char> kPageHtml;
extern const std::span<const unsigned char> kPageCss;
extern const std::span<const unsigned char> kPageScript;
extern const std::span<const unsigned char> kSubtitlesScript;

/// What browsers let our pages do: use what came from this server, and play what a user chose.
inline constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file of the page at this path, which is one of its paths.
Response page_response(const std::string& path);

}  // namespace tessera::server
