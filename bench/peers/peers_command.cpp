#include "bench/peers/peers_command.h"

#include <fstream>
#include <iostream>

namespace tessera::bench {
namespace {

bool write_file(const std::string& path, const PeersReport& report,
                void (*writer)(const PeersReport&, std::ostream&)) {
  if (path.empty() || path == "-") return true;
  std::ofstream file(path);
  writer(report, file);
  if (file.flush()) return true;
  std::cerr << "tessera-bench: " << path << ": cannot be written\n";
  return false;
}

}  // namespace

void add_peers_command(CLI::App& app, PeersArguments& arguments) {
  CLI::App& command =
      *app.add_subcommand("peers", "Tessera against its peers, which tools/peers installs");
  PeersOptions& options = arguments.options;
  command.add_option("--peers", options.list, "the list that tools/peers made")
      ->capture_default_str();
  command.add_option("--model", options.model,
                     "Tessera's model; default: the one that the peers' were made from");
  command.add_option("--device", options.device, "Tessera's device")->capture_default_str();
  command
      .add_option("--precision", options.precisions, "Tessera's precisions, with commas between")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("-t,--threads", options.threads, "threads of each; 0: one per core")
      ->capture_default_str();
  command.add_option("--windows", options.windows, "windows of the batch")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command.add_option("--tokens", options.tokens, "tokens per window")
      ->check(CLI::Range(1, 220))  // CTranslate2 chooses at most half of the decoder's positions
      ->capture_default_str();
  command.add_option("--rounds,--iterations", options.rounds, "rounds in which each has its turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--pause", options.pause_ms, "milliseconds before each turn")
      ->check(CLI::Range(0, 60000))
      ->capture_default_str();
  command.add_flag("--allow-missing", arguments.allow_missing,
                   "end with status 0 although a peer is missing or failed");
  command.add_option("--json", arguments.json, "write JSON to this file; - prints it alone");
  command.add_option("--html", arguments.html, "write a page with charts to this file");
  command.add_option("--markdown", arguments.markdown, "write tables for docs/ to this file");
}

int peers_command(const PeersArguments& arguments) {
  const PeersReport report = run_peers(arguments.options);
  if (arguments.json == "-") {
    write_peers_json(report, std::cout);
  } else {
    write_peers_table(report, std::cout);
  }
  const bool json = write_file(arguments.json, report, write_peers_json);
  const bool html = write_file(arguments.html, report, write_peers_page);
  const bool markdown = write_file(arguments.markdown, report, write_peers_markdown);
  if (!report.complete() && !arguments.allow_missing) {
    for (const Standing& standing : report.standings) {
      if (standing.failure.empty()) continue;
      std::cerr << "tessera-bench: " << standing.name << ": " << standing.failure << '\n';
    }
    return 1;
  }
  return json && html && markdown ? 0 : 1;
}

}  // namespace tessera::bench
