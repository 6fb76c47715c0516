// One GET request over HTTPS (or HTTP), whose body goes to a receiver. The only file that knows how
// libcurl transfers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "src/whisper/download/web_address.h"

namespace tessera::whisper {

struct HttpRequest {
  WebAddress address;
  std::uint64_t first_byte = 0;  ///< where in the file to begin (RFC 9110, section 14.2)
  std::string etag;              ///< ... if the file is still this one; empty: in any case
  int timeout_s = 60;            ///< this long without a byte, or to connect, means cut off
  std::stop_token stop;
};

/// What is known before the body comes.
struct HttpAnswer {
  std::uint64_t first_byte = 0;             ///< where in the file the body begins
  std::optional<std::uint64_t> size_bytes;  ///< of the whole file, where the server says it
  std::string etag;                         ///< a strong one (RFC 9110, section 8.8.3), or empty
};

/// Takes what comes. What its functions throw ends the transfer and comes out of http_get.
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  /// Called once, before the first bytes. The body may begin at the file's start although another
  /// place was asked for.
  virtual void begin(const HttpAnswer& answer) = 0;
  virtual void receive(std::span<const std::byte> bytes) = 0;
};

enum class HttpEnd {
  complete,   ///< the whole body came
  cut,        ///< it ended too early, or the server is busy: worth another attempt
  bad_range,  ///< the file has no byte at `first_byte` (status 416)
};

struct HttpResult {
  HttpEnd end = HttpEnd::complete;
  std::string problem;  ///< for `cut`: what happened, to be put into a message
};

/// Makes the request. Up to five redirects are followed, from https to https only. Certificates are
/// checked against the system's, or those in $CURL_CA_BUNDLE, $SSL_CERT_FILE or $SSL_CERT_DIR;
/// proxies come from the environment, both as curl does it.
/// Throws Error{bad_file} that begins with the address for all that another attempt would not mend
/// (no network, a bad certificate, 404, a refused redirect), Error{cancelled}.
HttpResult http_get(const HttpRequest& request, HttpReceiver& receiver);

/// "bytes 100-999/1000" (RFC 9110, section 14.4): where the body begins and the file's size; "*" as
/// the size means that it is not known. Nothing when the text is anything else.
std::optional<HttpAnswer> parse_content_range(std::string_view text);

}  // namespace tessera::whisper
