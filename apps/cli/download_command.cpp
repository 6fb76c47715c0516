#include <memory>

#include "apps/cli/arguments.h"
#include "apps/cli/byte_progress.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/parser.h"
#include "tessera/download.h"

namespace tessera::cli {
namespace {

constexpr const char* kDownloadUsage =
    "tessera download NAME [OPTIONS]\n"
    "       tessera download URL --sha256 HEX [--name NAME] [OPTIONS]\n"
    "       tessera download --list";

constexpr const char* kDownloadNotes = R"(Examples:
  tessera download base                          then: tessera talk.mp3 -m base
  tessera download base --mirror https://HOST    from a copy of the publisher's server
  tessera download https://HOST/ggml-tiny.bin --sha256 HEX --name my-tiny

The path of the file is printed. It is there only when all of it came and its SHA-256 is right. A
download that was cut or interrupted goes on where it stopped when it is asked for again. Proxies
and certificates come from the same environment variables as for curl (https_proxy, no_proxy,
CURL_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR).
Exit status: 0 it is there, 1 it could not be fetched, 2 wrong usage, 130 interrupted.)";

struct Typed {
  std::string model;
  ModelAddress address;
  DownloadOptions download;
  std::uint64_t max_megabytes = 0;
  bool list = false;
  bool quiet = false;
};

constexpr std::uint64_t kBytesPerMegabyte = 1'000'000;

void add_source_options(CLI::App& app, Typed& typed) {
  app.add_option("model", typed.model,
                 "Name of an official model, or address of a .pt or .bin file")
      ->type_name("NAME|URL");
  app.add_flag("--list", typed.list, "Print the names of the official models");
  app.add_option("--sha256", typed.address.sha256, "Checksum of the file at an address")
      ->type_name("HEX");
  app.add_option("--name", typed.address.name,
                 "What to call the file of an address (default: as it is called there)")
      ->type_name("NAME");
  app.add_option("--mirror", typed.download.mirror,
                 "Take official models from here: MIRROR/main/whisper/models/SHA256/NAME.pt "
                 "(default: $TESSERA_MIRROR, or the publisher)")
      ->type_name("URL");
}

void add_transfer_options(CLI::App& app, Typed& typed) {
  app.add_option("--model-dir", typed.download.model_dir,
                 "Where to put the file (default: ~/.cache/tessera/models)")
      ->type_name("DIR");
  app.add_flag("--local-files-only", typed.download.local_files_only,
               "Only say whether the file is there");
  app.add_option("--timeout", typed.download.timeout_s,
                 "Seconds without a byte that count as a cut connection (default: 60)")
      ->type_name("S");
  app.add_option("--retries", typed.download.retries,
                 "Attempts to go on after a cut connection (default: 3)")
      ->type_name("N");
  app.add_option("--max-size", typed.max_megabytes, "Refuse a larger file (default: 8590 MB)")
      ->type_name("MB")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}).description(""));
  app.add_flag("-q,--quiet", typed.quiet, "No progress bar");
}

bool is_address(const std::string& model) { return model.find("://") != std::string::npos; }

/// Combinations that mean nothing.
void require_sense(const Typed& typed) {
  if (typed.model.empty()) {
    throw UsageError("no model given; 'tessera download --list' prints the names");
  }
  const bool checksum = !typed.address.sha256.empty();
  if (is_address(typed.model)) {
    if (!checksum) throw UsageError("an address needs --sha256, the checksum of its file");
    if (!typed.download.mirror.empty()) throw UsageError("--mirror is for official models");
  } else if (checksum || !typed.address.name.empty()) {
    throw UsageError(std::string(checksum ? "--sha256" : "--name") + " is for addresses, and '" +
                     typed.model + "' is none");
  }
}

bool parse_download(const std::vector<std::string>& arguments, Typed& typed) {
  CLI::App app("Fetches a model from the network.", "tessera download");
  app.formatter(std::make_shared<HelpFormatter>(kDownloadUsage));
  app.footer(kDownloadNotes);
  add_source_options(app, typed);
  add_transfer_options(app, typed);
  if (!parse_arguments(app, arguments)) return false;
  if (!typed.list) require_sense(typed);
  if (typed.max_megabytes > 0) typed.download.max_bytes = typed.max_megabytes * kBytesPerMegabyte;
  return true;
}

void print_names() {
  std::string text;
  for (const std::string& name : downloadable_models()) text += name + "\n";
  write_standard_output(text);
}

std::string fetch(Typed& typed, const Interrupt& interrupt) {
  const bool shown =
      !typed.quiet && progress_style_for_terminal(ProgressStyle::none) == ProgressStyle::bar;
  const std::size_t last_slash = typed.model.find_last_of('/');
  ByteProgress progress(
      last_slash == std::string::npos ? typed.model : typed.model.substr(last_slash + 1), shown);
  DownloadCallbacks callbacks;
  callbacks.stop = interrupt.token();
  callbacks.on_progress = [&progress](std::uint64_t done_bytes, std::uint64_t total_bytes) {
    progress.update(done_bytes, total_bytes);
  };
  if (!is_address(typed.model)) return download_model(typed.model, typed.download, callbacks);
  typed.address.url = typed.model;
  return download_model_from(typed.address, typed.download, callbacks);
}

}  // namespace

int download_command(const std::vector<std::string>& arguments) {
  Typed typed;
  if (!parse_download(arguments, typed)) return kExitOk;
  if (typed.list) {
    print_names();
    return kExitOk;
  }
  const Interrupt interrupt;
  try {
    write_standard_output(fetch(typed, interrupt) + "\n");
    return kExitOk;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) throw;
    print_error("interrupted; what has come stays, and the next download goes on from there");
    return kExitSignal + interrupt.signal();
  }
}

}  // namespace tessera::cli
