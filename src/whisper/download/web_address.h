// Addresses of models: which ones are taken, and how they appear in messages.
#pragma once

#include <string>
#include <string_view>

namespace tessera::whisper {

/// Whether an address without encryption is taken from any host.
enum class PlainHttp {
  loopback_only,  ///< from this machine alone
  allowed,        ///< the user asked for that very server
};

/// An address that was checked.
struct WebAddress {
  std::string url;        ///< as libcurl takes it
  std::string shown;      ///< without user, password, query: for messages
  std::string host;       ///< "models.example", "[::1]"
  std::string file_name;  ///< last component of the path, decoded; may be empty
  bool encrypted = true;  ///< https
};

/// Reads an address. Throws Error{bad_argument} unless it is https, or http as `plain_http` allows,
/// with a host and without a fragment.
WebAddress parse_web_address(const std::string& text, PlainHttp plain_http);

/// The address of `path` ("/main/...") on a mirror, whose own address may have a path, too.
/// Throws Error{bad_argument} also for a mirror with a query.
WebAddress address_on_mirror(const std::string& mirror, std::string_view path);

/// Whether a host is this machine: localhost, 127.0.0.0/8 or [::1].
bool is_loopback_host(std::string_view host);

}  // namespace tessera::whisper
