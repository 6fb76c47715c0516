#include "apps/server/serve_command.h"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

#include "apps/cli/commands.h"
#include "apps/cli/interrupt.h"
#include "apps/server/access_log.h"
#include "apps/server/http/http_server.h"
#include "apps/server/http/listening_socket.h"
#include "apps/server/metrics.h"
#include "apps/server/server_app.h"
#include "apps/server/server_options.h"
#include "apps/server/steady_heap.h"
#include "apps/server/transcription_service.h"

namespace tessera::server {
namespace {

void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait(lock, stop, [] { return false; });
}

/// Answers what was taken, as long as there is time; returns the exit status.
int drain(HttpServer& server, TranscriptionService& service, double seconds, AccessLog& log) {
  using std::chrono::milliseconds;
  constexpr milliseconds kTimeToSayNo{2000};
  log.info("ending: no more requests are taken");
  service.close();
  server.stop_listening();
  if (server.wait_until_answered(milliseconds(static_cast<std::int64_t>(1000 * seconds)))) {
    log.info("ended");
    return cli::kExitOk;
  }
  log.error("requests were given up that took longer than --drain-timeout");
  service.cancel_all();
  server.wait_until_answered(kTimeToSayNo);
  return cli::kExitFailed;
}

}  // namespace

int serve_command(const std::vector<std::string>& arguments) {
  ServerOptions options;
  if (!parse_server_options(arguments, options)) return cli::kExitOk;
  keep_heap_steady();
  // A client, or the reader of the log, that has gone is no reason to end.
  std::signal(SIGPIPE, SIG_IGN);
  const cli::Interrupt interrupt;
  AccessLog log(options.quiet);
  Metrics metrics;
  const ListeningSocket socket = open_listening_socket(options.host, options.port);
  TranscriptionService service(options, metrics, log);
  ServerApp app(options, service, metrics, log);
  HttpServer server(socket.socket, options.http, app);
  log.info("listening at " + socket.url);
  for (const std::string& note : options.transcription.notes) log.info(note);
  service.load();
  log.info("ready: " + service.model_name() + " on " + service.gauges().device);
  wait_for(interrupt.token());
  return drain(server, service, options.drain_time_s, log);
}

}  // namespace tessera::server
