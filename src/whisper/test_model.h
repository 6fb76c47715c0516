// For tests of model files: a small model, its values, and files whose every part can be changed.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "src/whisper/mel.h"
#include "src/whisper/random_model.h"
#include "src/whisper/vocabulary/vocabulary.h"

namespace tessera::whisper {

inline LoadedWeights small_model(const std::string& options = "", int n_vocab = 100) {
  return make_random_model(
      parse_random_model("random:tiny,width=64,layers=1,mels=8,audio_ctx=20,"
                         "text_ctx=10,vocab=" +
                         std::to_string(n_vocab) + options));
}

/// Every tensor's values, by name.
inline std::map<std::string, std::vector<float>> values(const compute::ModelWeights& weights) {
  compute::ModelWeights copy = weights;
  std::map<std::string, std::vector<float>> result;
  for (const compute::WeightSlot& slot : compute::weight_slots(copy)) {
    result[slot.name] = compute::to_f32(*slot.view);
  }
  return result;
}

inline std::map<std::string, std::vector<float>> values(const LoadedWeights& loaded) {
  return values(*loaded.weights);
}

/// The bytes of a tensor as they lie in the model.
inline std::string bytes_of(const compute::WeightView& view) {
  return {reinterpret_cast<const char*>(view.data),
          static_cast<std::size_t>(view.elements()) * compute::element_bytes(view.dtype)};
}

/// A value as little-endian bytes.
template <class T>
std::string raw(T value) {
  static_assert(std::is_arithmetic_v<T>);
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <class T>
std::string raw(const std::vector<T>& list) {
  std::string bytes;
  for (const T value : list) bytes += raw(value);
  return bytes;
}

/// The 256 bytes and three tokens made of them: what a model of 1867 tokens needs at least, with
/// Whisper's 1608 special ones.
inline std::vector<std::string> small_pieces() {
  std::vector<std::string> pieces;
  for (const char byte : gpt2_byte_order()) pieces.emplace_back(1, byte);
  for (const char* piece : {"he", "ll", "hell"}) pieces.emplace_back(piece);
  return pieces;
}
inline constexpr int kSmallVocabulary = 256 + 3 + 1608;

/// Where a pattern stands in a file; the tests put another one there.
inline std::string with(std::string file, std::size_t at, const std::string& bytes) {
  return file.replace(at, bytes.size(), bytes);
}

}  // namespace tessera::whisper
