#include "src/whisper/ggml_header.h"

#include <cmath>
#include <cstring>

#include "src/whisper/mel.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// whisper.cpp's file type is the type of most tensors, and from 1000 on the version of the blocks.
constexpr int kVersionFactor = 1000;
constexpr int kBlockVersion = 2;  // scales are binary16 from then on
/// Our filters differ from the table that OpenAI ships by 2.3e-9 at most; the largest is 0.027.
constexpr float kFilterTolerance = 1e-7f;
/// No token is longer, see ranked_vocabulary; this keeps a message from another kind of damage
/// short.
constexpr std::uint32_t kLongestTokenBytes = 1024;

[[noreturn]] void unsupported(const ByteReader& reader, const std::string& what) {
  throw Error(ErrorCode::unsupported, reader.where() + ": " + what);
}

void check_file_type(const ByteReader& reader, std::int32_t file_type) {
  const int version = file_type / kVersionFactor;
  const int type = file_type % kVersionFactor;
  const bool plain = type == 0 || type == 1 || type == 24;  // f32 f16 bf16
  const bool blocks =
      type == 2 || type == 3 || type == 7 || type == 8 || type == 9;  // q4_0 ... q5_1
  if (file_type < 0 || !(plain || blocks)) {
    unsupported(reader,
                "expected a file of type f32, f16, bf16, q4_0, q4_1, q5_0, q5_1 or q8_0, found "
                "file type " +
                    std::to_string(file_type));
  }
  if (blocks && version != kBlockVersion) {
    unsupported(reader, "expected quantised blocks of version " + std::to_string(kBlockVersion) +
                            ", found version " + std::to_string(version));
  }
}

}  // namespace

compute::ModelDims read_ggml_dims(ByteReader& reader) {
  const std::uint32_t magic = reader.u32("magic number");
  if (magic != kGgmlMagic) reader.fail("not a ggml file: expected it to begin with 'lmgg'");
  compute::ModelDims dims;
  dims.n_vocab = reader.i32("vocabulary size");
  dims.n_audio_ctx = reader.i32("audio positions");
  dims.n_audio_state = reader.i32("encoder width");
  dims.n_audio_heads = reader.i32("encoder heads");
  dims.n_audio_layers = reader.i32("encoder layers");
  dims.n_text_ctx = reader.i32("text positions");
  dims.n_text_state = reader.i32("decoder width");
  dims.n_text_heads = reader.i32("decoder heads");
  dims.n_text_layers = reader.i32("decoder layers");
  dims.n_mels = reader.i32("mel bands");
  const std::int32_t file_type = reader.i32("file type");
  // The file does not say it; whisper.cpp takes 4 for granted. The widths are checked first, so
  // that the products stay small.
  dims.n_audio_ffn = dims.n_text_ffn = 1;
  compute::check_dims(dims, reader.where());
  dims.n_audio_ffn = 4 * dims.n_audio_state;
  dims.n_text_ffn = 4 * dims.n_text_state;
  check_file_type(reader, file_type);
  return dims;
}

void check_ggml_filters(ByteReader& reader, const compute::ModelDims& dims) {
  const std::int32_t bands = reader.i32("mel filter bands");
  const std::int32_t bins = reader.i32("mel filter bins");
  if (bands != dims.n_mels || bins != kSpectrumBins) {
    reader.fail("expected mel filters of " + std::to_string(dims.n_mels) + " bands and " +
                std::to_string(kSpectrumBins) + " bins, found " + std::to_string(bands) + " and " +
                std::to_string(bins));
  }
  const std::size_t count = static_cast<std::size_t>(bands) * kSpectrumBins;
  const std::span<const std::byte> found = reader.take(count * sizeof(float), "mel filters");
  const std::vector<float> wanted = mel_filter_bank(dims.n_mels);
  for (std::size_t i = 0; i < count; ++i) {
    float value = 0;
    std::memcpy(&value, found.data() + i * sizeof(float), sizeof(float));
    if (std::abs(value - wanted[i]) <= kFilterTolerance) continue;  // false for NaN
    unsupported(reader, "expected Whisper's mel filters, band " +
                            std::to_string(i / kSpectrumBins) + " differs at bin " +
                            std::to_string(i % kSpectrumBins));
  }
}

TokenList read_ggml_tokens(ByteReader& reader, const compute::ModelDims& dims) {
  const std::int32_t count = reader.i32("token count");
  if (count < 1 || count > dims.n_vocab) {
    reader.fail("expected 1 to " + std::to_string(dims.n_vocab) + " tokens, found " +
                std::to_string(count));
  }
  TokenList list;
  list.where = reader.where();
  for (std::int32_t id = 0; id < count; ++id) {
    const std::uint32_t bytes = reader.u32("a token's length");
    if (bytes > kLongestTokenBytes) {
      reader.fail("expected a length of at most " + std::to_string(kLongestTokenBytes) +
                  " bytes for token " + std::to_string(id) + ", found " + std::to_string(bytes));
    }
    list.pieces.emplace_back(reader.text(bytes, "a token"));
  }
  if (list.pieces.back() == "<|endoftext|>") list.pieces.pop_back();
  return list;
}

}  // namespace tessera::whisper
