#include "apps/cli/option_groups.h"
#include "apps/cli/typed_values.h"

namespace tessera::cli {
namespace {

class ModelOptions : public OptionGroup {
 public:
  explicit ModelOptions(TranscribeOptions& options) : options_(options) {}

  void declare(CLI::App& app) override {
    OptionDeclarer model(app, "Model and machine");
    model.text("-m,--model", "NAME|DIR", options_.model,
               "Model by name or by directory (default: the small one that ships; see 'tessera "
               "info')");
    model.text("--model-dir", "DIR", options_.model_dir, "Where to look for models by name first");
    model.flag("--local-files-only", local_files_only_,
               "Do not use the network, which transcribing never does");
    model.text("--device", "NAME", options_.device.device,
               "auto (default), or one of 'tessera info'");
    model.text("--precision", "TYPE", options_.device.precision,
               "auto (default), f32, bf16 or int8; also --compute-type");
    model.flag("--fp16", half_precision_, "Taken for openai/whisper's sake; --precision decides");
    model.integer("-t,--threads", options_.device.threads,
                  "Threads to compute with (default: one per physical core)");
  }

  void settle(const CLI::App& /*app*/) override {
    if (half_precision_) {
      options_.notes.emplace_back("--fp16 has no effect: --precision chooses the precision");
    }
  }

 private:
  TranscribeOptions& options_;
  bool local_files_only_ = false;
  bool half_precision_ = false;
};

}  // namespace

std::unique_ptr<OptionGroup> make_model_options(TranscribeOptions& options) {
  return std::make_unique<ModelOptions>(options);
}

}  // namespace tessera::cli
