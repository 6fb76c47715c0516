// The socket at which clients knock.
#pragma once

#include <string>

namespace tessera::server {

/// Where a server listens.
struct ListeningSocket {
  int socket = -1;
  int port = 0;
  std::string url;  ///< "http://127.0.0.1:8080"
};

/// Opens a socket at an address or name; port 0 takes a free one. Throws Error{bad_argument} saying
/// which address cannot be had and why.
ListeningSocket open_listening_socket(const std::string& host, int port);

/// Whether only programs on this machine can reach the address.
bool is_loopback(const std::string& host);

}  // namespace tessera::server
