// `tessera`: the command line program. `tessera FILE...` is `tessera transcribe FILE...`.
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/arguments.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/server/serve_command.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

struct Command {
  std::string_view name;
  int (*run)(const std::vector<std::string>&);
};

constexpr Command kCommands[] = {
    {"transcribe", transcribe_command},
    {"stream", stream_command},
    {"convert", convert_command},
    {"serve", server::serve_command},
    {"models", models_command},
    {"download", download_command},
    {"info", info_command},
    {"wer", wer_command},
    {"pack", pack_command},
    {"calibrate", calibrate_command},
    {"npu", npu_command},
};

int run(std::vector<std::string> arguments) {
  const std::string first = arguments.empty() ? "" : arguments.front();
  for (const Command& command : kCommands) {
    if (first != command.name) continue;
    arguments.erase(arguments.begin());
    return command.run(arguments);
  }
  return transcribe_command(arguments);
}

int run_and_report(std::vector<std::string> arguments) {
  try {
    return run(std::move(arguments));
  } catch (const UsageError& error) {
    print_error(error.what());
    return kExitUsage;
  } catch (const Error& error) {
    print_error(error.what());
    return error.code() == ErrorCode::bad_argument ? kExitUsage : kExitFailed;
  } catch (const std::bad_alloc&) {
    print_error("out of memory");
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return kExitFailed;
}

}  // namespace
}  // namespace tessera::cli

int main(int argc, char** argv) {
  // A reader that has seen enough (`| head`) ends the program quietly; a file that grows beyond the
  // limit of the shell is an error like a full disk.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_IGN);
  return tessera::cli::run_and_report({argv + (argc > 0 ? 1 : 0), argv + argc});
}
