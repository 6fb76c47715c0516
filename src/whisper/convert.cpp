// tessera::convert_model: any model that can be loaded to a folder in the Hugging Face layout.
#include "tessera/convert.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <optional>
#include <string_view>

#include "src/base/atomic_folder.h"
#include "src/whisper/config_writer.h"
#include "src/whisper/json_file.h"
#include "src/whisper/model_data.h"
#include "src/whisper/model_file_writer.h"
#include "src/whisper/model_origin.h"
#include "tessera/model.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

/// Nothing for "auto".
std::optional<compute::DType> parse_dtype(const std::string& text) {
  if (text == "auto") return std::nullopt;
  for (const auto dtype : {compute::DType::f32, compute::DType::f16, compute::DType::bf16}) {
    if (text == compute::dtype_name(dtype)) return dtype;
  }
  throw Error(ErrorCode::bad_argument,
              "dtype: expected auto, f32, f16 or bf16, got '" + whisper::printable(text) + "'");
}

/// Replacing a folder removes what is in it: it must be a model's and hold nothing else.
void check_holds_only_a_model(const fs::path& directory) {
  constexpr std::array<std::string_view, 4> kExtensions = {".json", ".safetensors", ".txt", ".md"};
  std::error_code error;
  bool model = false;
  std::string stranger;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const fs::path name = entry.path().filename();
    model = model || name == "config.json";
    // What was kept beside the old model is nothing to the new one.
    const bool known =
        std::ranges::find(kExtensions, name.extension().string()) != kExtensions.end() ||
        name.string().starts_with(whisper::kBesidePrefix);
    if (!known || !entry.is_regular_file(error)) stranger = name.string();
  }
  if (error) return;  // a file, or nothing there: AtomicFolder says what is to be said
  if (model && stranger.empty()) return;
  if (fs::is_empty(directory, error)) return;
  throw Error(ErrorCode::bad_argument,
              directory.string() + ": expected a model to replace, " +
                  (model ? "found " + whisper::printable(stranger) + " with it"
                         : std::string("found other files")));
}

/// Errors about files in the temporary folder, told of the one that was asked for.
[[noreturn]] void rethrow_with_name(const Error& error, const fs::path& temporary,
                                    const std::string& directory) {
  std::string message = error.what();
  const std::size_t found = message.find(temporary.string());
  if (found != std::string::npos) message.replace(found, temporary.string().size(), directory);
  throw Error(error.code(), message);
}

void write_model(const detail::ModelData& model, const std::string& directory, bool overwrite,
                 const whisper::SaveOptions& options) {
  base::AtomicFolder folder(directory, overwrite);
  try {
    save_model_directory(*model.weights,
                         whisper::with_vocabulary_settings(model.config, model.tokenizer),
                         folder.path(), options);
  } catch (const Error& error) {
    rethrow_with_name(error, folder.path(), directory);
  }
  if (options.stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  folder.commit();
}

}  // namespace

void convert_model(const std::string& name, const std::string& directory,
                   const ConvertOptions& options, const ConvertCallbacks& callbacks) {
  whisper::SaveOptions save;
  save.dtype = parse_dtype(options.dtype);
  save.on_progress = callbacks.on_progress;
  save.stop = callbacks.stop;
  base::AtomicFolder::check_target(directory, options.overwrite);
  if (options.overwrite) check_holds_only_a_model(directory);
  const Model model = Model::load(name, options.model_dir);
  save.tokenizer = &model.data().tokenizer;
  try {
    write_model(model.data(), directory, options.overwrite, save);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_memory, "model " + name + ": not enough memory to convert it");
  }
}

}  // namespace tessera
