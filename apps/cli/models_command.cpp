#include <algorithm>
#include <memory>

#include "apps/cli/byte_text.h"
#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/parser.h"
#include "tessera/model.h"

namespace tessera::cli {
namespace {

constexpr const char* kNotes =
    R"(Models are looked for in --model-dir, ~/.cache/tessera/models, ~/.cache/whisper,
~/.cache/huggingface/hub and beside the program. A name stands for the first of these places that
has an entry of exactly this name, else for the first that has NAME.pt, ggml-NAME.bin, whisper-NAME
or faster-whisper-NAME, in this order; a model that another one hides is listed with its path.)";

struct Row {
  std::string name, format, size, state, path;
};

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ') + "  ";
}

std::string table(const std::vector<FoundModel>& models) {
  std::vector<Row> rows = {{"NAME", "FORMAT", "SIZE", "STATE", "PATH"}};
  for (const FoundModel& model : models) {
    const std::string format = model.format.empty() ? "-" : model.format;
    rows.push_back({printable(model.name), format, format_bytes(model.bytes),
                    model.complete ? "complete" : "incomplete", printable(model.directory)});
  }
  const auto widest = [&rows](std::string Row::*column) {
    std::size_t width = 0;
    for (const Row& row : rows) width = std::max(width, (row.*column).size());
    return width;
  };
  const std::size_t name = widest(&Row::name);
  const std::size_t format = widest(&Row::format);
  const std::size_t size = widest(&Row::size);
  const std::size_t state = widest(&Row::state);
  std::string text;
  for (const Row& row : rows) {
    text += padded(row.name, name) + padded(row.format, format) + padded(row.size, size) +
            padded(row.state, state) + row.path + "\n";
  }
  return text;
}

/// One per line, for programs.
std::string names(const std::vector<FoundModel>& models) {
  std::string text;
  for (const FoundModel& model : models) {
    if (model.complete) text += printable(model.name) + "\n";
  }
  return text;
}

}  // namespace

int models_command(const std::vector<std::string>& arguments) {
  CLI::App app("Lists the models that are on this machine.", "tessera models");
  app.formatter(std::make_shared<HelpFormatter>("tessera models [OPTIONS]"));
  app.footer(kNotes);
  std::string model_dir;
  bool names_only = false;
  app.add_option("--model-dir", model_dir, "Where to look first")->type_name("DIR");
  app.add_flag("--names", names_only, "Only what -m takes, of the complete ones, one per line");
  if (!parse_arguments(app, arguments)) return kExitOk;
  const std::vector<FoundModel> models = Model::list(model_dir);
  write_standard_output(names_only ? names(models) : table(models));
  return kExitOk;
}

}  // namespace tessera::cli
