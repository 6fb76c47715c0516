#include "src/whisper/download/web_address.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "src/whisper/json_file.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// libcurl's own parser, so that what is checked here is what is connected to there.
using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

[[noreturn]] void refuse(const std::string& text, const std::string& wanted) {
  throw Error(ErrorCode::bad_argument, "expected " + wanted + ", got '" + printable(text) + "'");
}

/// A part of an address, or nothing where it has none (or one that cannot be decoded).
std::optional<std::string> part_of(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string result = text;
  curl_free(text);
  return result;
}

Url parse(const std::string& text) {
  Url url(curl_url(), &curl_url_cleanup);
  if (!url) throw Error(ErrorCode::out_of_memory, "libcurl: no memory");
  const bool printable_text = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
  });
  if (!printable_text || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    refuse(text, "an address like https://HOST/PATH");
  }
  return url;
}

std::string shown_address(const Url& url) {
  const Url copy(curl_url_dup(url.get()), &curl_url_cleanup);
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY}) {
    curl_url_set(copy.get(), secret, nullptr, 0);
  }
  return part_of(copy, CURLUPART_URL).value_or("");
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // libcurl has written every spelling of an IPv4 address as four decimal numbers by now.
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(host.begin(), host.end(), '.') == 3;
}

WebAddress parse_web_address(const std::string& text, PlainHttp plain_http) {
  const Url url = parse(text);
  WebAddress address;
  address.shown = shown_address(url);
  const std::string scheme = part_of(url, CURLUPART_SCHEME).value_or("");
  address.encrypted = scheme == "https";
  if (!address.encrypted && scheme != "http")
    refuse(address.shown, "an address that begins with https://");
  address.host = part_of(url, CURLUPART_HOST).value_or("");
  std::transform(address.host.begin(), address.host.end(), address.host.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  if (address.host.empty()) refuse(address.shown, "an address with a host");
  if (part_of(url, CURLUPART_FRAGMENT)) refuse(address.shown, "an address without '#'");
  if (!address.encrypted && plain_http == PlainHttp::loopback_only &&
      !is_loopback_host(address.host)) {
    refuse(address.shown, "an https address (http is for this machine alone)");
  }
  address.url = part_of(url, CURLUPART_URL).value_or("");
  const std::string path = part_of(url, CURLUPART_PATH, CURLU_URLDECODE).value_or("");
  address.file_name = path.substr(path.find_last_of('/') + 1);
  return address;
}

WebAddress address_on_mirror(const std::string& mirror, std::string_view path) {
  const WebAddress base = parse_web_address(mirror, PlainHttp::allowed);
  if (mirror.find('?') != std::string::npos) refuse(base.shown, "a mirror's address without '?'");
  std::string url = base.url;
  while (url.ends_with('/')) url.pop_back();
  return parse_web_address(url.append(path), PlainHttp::allowed);
}

}  // namespace tessera::whisper
