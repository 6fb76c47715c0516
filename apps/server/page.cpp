#include "apps/server/page.h"

#include <string_view>

namespace tessera::server {
namespace {

struct PageFile {
  std::string_view path;
  const char* content_type;
  const std::span<const unsigned char>& bytes;
};

}  // namespace

Response page_response(const std::string& path) {
  const PageFile files[] = {{"/", "text/html; charset=utf-8", kPageHtml},
                            {"/page.css", "text/css; charset=utf-8", kPageCss},
                            {"/page.js", "text/javascript; charset=utf-8", kPageScript},
                            {"/subtitles.js", "text/javascript; charset=utf-8", kSubtitlesScript}};
  for (const PageFile& file : files) {
    if (file.path != path) continue;
    return {
        .content_type = file.content_type,
        .body = std::string(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size())};
  }
  throw HttpError(404, "not_found", "there is no such file");
}

}  // namespace tessera::server
