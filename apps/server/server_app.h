// Which request goes where, and what holds for all of them.
#pragma once

#include <string>
#include <string_view>

#include "apps/server/access_log.h"
#include "apps/server/http/message.h"
#include "apps/server/metrics.h"
#include "apps/server/server_options.h"
#include "apps/server/transcription_service.h"

namespace tessera::server {

/// The server's paths.
class ServerApp : public Handler {
 public:
  ServerApp(const ServerOptions& options, TranscriptionService& service, Metrics& metrics,
            AccessLog& log)
      : options_(options), service_(service), metrics_(metrics), log_(log) {}

  void admit(const RequestHead& head) override;
  Response answer(Request& request) override;
  Response answer_error(const HttpError& error) override;
  void complete(const RequestHead& head, Response& response) override;
  void over(const RequestHead& head, const Exchanged& exchanged) override;

 private:
  struct Route;
  static const Route* find_route(std::string_view path);

  void check_key(const RequestHead& head) const;
  void check_origin(const RequestHead& head) const;
  bool is_cors_allowed(const std::string& origin) const;
  Response preflight(const RequestHead& head) const;

  Response health(const Request& request) const;
  Response models(const Request& request) const;

  const ServerOptions& options_;
  TranscriptionService& service_;
  Metrics& metrics_;
  AccessLog& log_;
};

}  // namespace tessera::server
