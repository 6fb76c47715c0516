// A Whisper model, loaded once and shared by any number of transcribers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tessera/error.h"

namespace tessera {

namespace detail {
struct ModelData;
}

/// A model on this machine.
struct FoundModel {
  std::string name;       ///< what `Model::load` takes
  std::string directory;  ///< where it lies: a folder or a file
  std::string format;     ///< "huggingface", "ctranslate2", "ggml", "openai", or "" without weights
  std::uint64_t bytes = 0;  ///< size on disk
  bool complete = false;    ///< nothing is missing, as far as can be told without loading it
};

/// A model's weights, vocabulary and configuration. Copies share them.
class TESSERA_API Model {
 public:
  /// Loads a model.
  ///
  /// `name` is one of
  /// - nothing: the small model that ships with the library,
  /// - a directory in Hugging Face layout, or a safetensors file in one,
  /// - a ggml file of whisper.cpp, a CTranslate2 directory, a checkpoint of openai/whisper (*.pt),
  /// - the name of a model in `model_dir`, in the cache ($TESSERA_CACHE/models, by default
  ///   ~/.cache/tessera/models), in that of openai/whisper (~/.cache/whisper) or of Hugging Face
  ///   (~/.cache/huggingface/hub), or among those that ship. The first of these places with an
  ///   entry of exactly this name counts; else the first with NAME.pt, ggml-NAME.bin, whisper-NAME
  ///   or faster-whisper-NAME, in this order within a place,
  /// - "random:tiny|base|small|medium|large|turbo[,seed=N][,outliers]": weights made up on the
  /// spot.
  ///
  /// Throws Error{bad_argument} when there is no such model, Error{bad_file} when it is damaged,
  /// Error{unsupported} when it is not a Whisper that we can run.
  static Model load(const std::string& name = "", const std::string& model_dir = "");

  /// The models in those places, incomplete ones, too. One that another hides has its path as its
  /// name.
  static std::vector<FoundModel> list(const std::string& model_dir = "");

  const std::string& name() const;
  bool is_multilingual() const;
  int vocabulary_size() const;
  /// One line: sizes of the network and number of parameters.
  std::string describe() const;

  const detail::ModelData& data() const { return *data_; }

 private:
  explicit Model(std::shared_ptr<const detail::ModelData> data) : data_(std::move(data)) {}

  std::shared_ptr<const detail::ModelData> data_;
};

}  // namespace tessera
