#include "apps/server/server_options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/option_groups.h"
#include "apps/cli/parser.h"
#include "apps/cli/typed_values.h"
#include "apps/server/http/listening_socket.h"

namespace tessera::server {
namespace {

using cli::OptionDeclarer;
using cli::UsageError;

constexpr const char* kUsage = "tessera serve [OPTIONS]";

constexpr const char* kExamples = R"(Examples:
  tessera serve                                     the small model, for this machine alone
  tessera serve -m base --batch-size 16             sixteen windows at a time, of all requests
  tessera serve --host 0.0.0.0 --api-key-file KEY   for everybody who has the key
  curl localhost:8080/v1/audio/transcriptions -F model=whisper-1 -F file=@talk.mp3

The way requests are decoded is that of the command line, unless a request says otherwise.
SIGTERM or Ctrl-C: takes no more requests, ends when those that were taken are answered.
Exit status: 0 ended when asked to, 1 failed or gave requests up, 2 wrong usage.)";

/// Keys, a line each; what begins with # is a remark.
std::vector<std::string> read_keys(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> keys;
  for (std::string line; std::getline(file, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && !line.starts_with('#')) keys.push_back(line);
  }
  if (keys.empty()) throw UsageError("--api-key-file: no key in " + path);
  return keys;
}

int parse_count(const std::string& option, const std::string& text, int least, int most) {
  const int value = cli::parse_integer(option, text);
  if (value < least || value > most) {
    throw UsageError(option + ": expected " + std::to_string(least) + " to " +
                     std::to_string(most) + ", got " + text);
  }
  return value;
}

class Declarations {
 public:
  explicit Declarations(ServerOptions& options) : options_(options) {}

  void declare(CLI::App& app) {
    declare_network(app);
    declare_limits(app);
  }

  /// What several options mean together.
  void settle() {
    if (!key_.empty()) options_.api_keys.push_back(key_);
    if (!key_file_.empty()) {
      for (std::string& key : read_keys(key_file_)) options_.api_keys.push_back(std::move(key));
    }
    const char* const from_environment = std::getenv("TESSERA_API_KEY");
    if (from_environment != nullptr && *from_environment != '\0') {
      options_.api_keys.emplace_back(from_environment);
    }
    if (options_.api_keys.empty() && !options_.insecure && !is_loopback(options_.host)) {
      throw UsageError("--host " + options_.host +
                       ": other machines could use this server without a key; give --api-key-file, "
                       "or --insecure if that is meant");
    }
    Options& defaults = options_.transcription.transcription;
    if (options_.transcription.detect_language) {
      throw UsageError("--detect-language: not for a server");
    }
    if (defaults.batch_size > 0) options_.windows = std::exchange(defaults.batch_size, 0);
  }

 private:
  void declare_network(CLI::App& app) {
    OptionDeclarer network(app, "Network");
    network.text("--host", "ADDRESS", options_.host,
                 "Address to listen at (default: 127.0.0.1, for this machine alone)");
    count(network, "--port", options_.port, 0, 65535, "Port (default: 8080; 0 takes a free one)");
    network.text("--api-key", "KEY", key_,
                 "Ask clients for this key, as 'Authorization: Bearer KEY'. Others on this machine "
                 "can see it here: better a file, or $TESSERA_API_KEY");
    network.text("--api-key-file", "FILE", key_file_, "Ask for one of the keys in it, a line each");
    network.flag("--insecure", options_.insecure, "Serve other machines without a key");
    network.text("--cors-origin", "ORIGIN", options_.cors_origin,
                 "Let pages of this origin use the server, '*' those of any (default: none but its "
                 "own)");
    network.text("--model-name", "NAME", options_.model_name,
                 "What clients call the model besides whisper-1 (default: its own name)");
    network.flag("-q,--quiet", options_.quiet, "Log nothing but errors");
    network.flag("--log-text", options_.log_text,
                 "Log transcripts, too (default: never what was said or prompted)");
  }

  void declare_limits(CLI::App& app) {
    OptionDeclarer limits(app, "Limits");
    limits.custom(
        "--max-upload-mb", "N",
        [this](const std::string& option, const std::string& text) {
          constexpr int kMost = 4096;
          options_.http.form.max_file_bytes =
              static_cast<std::size_t>(parse_count(option, text, 1, kMost)) << 20;
        },
        "Largest file in MiB (default: 25)");
    limits.text("--spool-dir", "DIR", options_.http.form.folder,
                "Where files above 1 MiB wait, without a name (default: $TMPDIR or /tmp)");
    seconds(limits, "--max-audio-seconds", options_.max_audio_s,
            "Longest sound (default: 14400, four hours; 0: any)");
    limits.custom(
        "--max-queue", "N",
        [this](const std::string& option, const std::string& text) {
          options_.max_queue = static_cast<std::size_t>(parse_count(option, text, 0, 100000));
        },
        "Requests that may wait; more are told to come again (default: 32)");
    limits.custom(
        "--max-connections", "N",
        [this](const std::string& option, const std::string& text) {
          options_.http.max_connections = static_cast<unsigned>(parse_count(option, text, 1, 4096));
        },
        "Connections at the same time (default: 256)");
    limits.custom(
        "--max-connections-per-address", "N",
        [this](const std::string& option, const std::string& text) {
          options_.http.max_connections_per_address =
              static_cast<unsigned>(parse_count(option, text, 0, 4096));
        },
        "... from one address (default: 0, no bound)");
    time(limits, "--header-timeout", options_.http.header_time,
         "Seconds for a request's headers to come (default: 15)");
    time(limits, "--body-timeout", options_.http.body_time,
         "Seconds for its body to come (default: 300)");
    time(limits, "--idle-timeout", options_.http.idle_time,
         "Seconds that a connection may be silent (default: 60)");
    seconds(limits, "--request-timeout", options_.request_time_s,
            "Seconds in which a request is answered or given up (default: 0, any)");
    seconds(limits, "--drain-timeout", options_.drain_time_s,
            "Seconds to answer what was taken, when the server ends (default: 30)");
  }

  static void count(OptionDeclarer& group, const std::string& name, int& value, int least, int most,
                    const std::string& help) {
    group.custom(
        name, "N",
        [&value, least, most](const std::string& option, const std::string& text) {
          value = parse_count(option, text, least, most);
        },
        help);
  }

  static void time(OptionDeclarer& group, const std::string& name, std::chrono::seconds& value,
                   const std::string& help) {
    constexpr int kMostSeconds = 86400;
    group.custom(
        name, "S",
        [&value](const std::string& option, const std::string& text) {
          value = std::chrono::seconds(parse_count(option, text, 1, kMostSeconds));
        },
        help);
  }

  static void seconds(OptionDeclarer& group, const std::string& name, double& value,
                      const std::string& help) {
    constexpr double kMostSeconds = 1e9;
    group.custom(
        name, "S",
        [&value](const std::string& option, const std::string& text) {
          value = cli::parse_number(option, text);
          if (value < 0 || value > kMostSeconds) {
            throw UsageError(option + ": expected 0 or more seconds, got " + text);
          }
        },
        help);
  }

  ServerOptions& options_;
  std::string key_;
  std::string key_file_;
};

}  // namespace

bool parse_server_options(const std::vector<std::string>& arguments, ServerOptions& options) {
  const char* const temporary = std::getenv("TMPDIR");
  if (temporary != nullptr && *temporary != '\0') options.http.form.folder = temporary;
  CLI::App app("Transcribes for others: OpenAI's and whisper.cpp's HTTP interfaces.",
               "tessera serve");
  app.formatter(std::make_shared<cli::HelpFormatter>(kUsage));
  app.footer(kExamples);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  Declarations own(options);
  own.declare(app);
  std::vector<std::unique_ptr<cli::OptionGroup>> groups;
  groups.push_back(cli::make_model_options(options.transcription));
  groups.push_back(cli::make_speech_options(options.transcription));
  groups.push_back(cli::make_voice_options(options.transcription));
  groups.push_back(cli::make_search_options(options.transcription));
  groups.push_back(cli::make_prompt_options(options.transcription));
  for (const auto& group : groups) group->declare(app);
  if (!cli::parse_arguments(app, arguments)) return false;
  for (const auto& group : groups) group->settle(app);
  own.settle();
  return true;
}

}  // namespace tessera::server
