#include "apps/server/access_log.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <string>

#include "apps/cli/console.h"

namespace tessera::server {
namespace {

/// "2026-11-27T13:18:46.123Z"
std::string timestamp() {
  using std::chrono::system_clock;
  const auto now = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(now);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts = {};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + ms).substr(1);
  return std::string(text, size) + "." + fraction + "Z";
}

}  // namespace

void AccessLog::info(std::string_view line) {
  if (!quiet_) write(line);
}

void AccessLog::error(std::string_view line) { write("error: " + std::string(line)); }

// A full disk or a reader that has gone is no reason to stop serving.
void AccessLog::write(std::string_view line) {
  const std::string text = timestamp() + " " + cli::printable(line) + "\n";
  const std::scoped_lock lock(mutex_);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace tessera::server
