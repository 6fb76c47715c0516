#include "src/whisper/vocabulary/official.h"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "src/whisper/languages.h"
#include "src/whisper/vocabulary/embedded.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr int kEnglishVocabulary = 51864;
constexpr std::size_t kBytes = 256;
constexpr std::size_t kMerges = 50000;

/// The pairs of ids as tools/make_vocabulary.py wrote them: four planes of one byte per merge.
std::vector<unsigned char> inflate_planes(std::span<const unsigned char> packed) {
  std::vector<unsigned char> planes(4 * kMerges);
  uLongf size = planes.size();
  const int status = uncompress(planes.data(), &size, packed.data(), packed.size());
  if (status != Z_OK || size != planes.size()) {
    throw Error(ErrorCode::internal, "the embedded vocabulary is damaged");
  }
  return planes;
}

void add_merges(std::span<const unsigned char> packed, Vocabulary& vocabulary) {
  const std::vector<unsigned char> planes = inflate_planes(packed);
  for (std::size_t i = 0; i < kMerges; ++i) {
    const int left = planes[i] << 8 | planes[i + kMerges];
    const int right = planes[i + 2 * kMerges] << 8 | planes[i + 3 * kMerges];
    const int result = static_cast<int>(vocabulary.pieces.size());
    if (std::max(left, right) >= result) {
      throw Error(ErrorCode::internal, "the embedded vocabulary joins tokens that come later");
    }
    vocabulary.merges.push_back({left, right, result});
    vocabulary.pieces.push_back(vocabulary.pieces[left] + vocabulary.pieces[right]);
  }
}

std::vector<std::string> special_names(std::size_t languages) {
  std::vector<std::string> names = {"<|endoftext|>", "<|startoftranscript|>"};
  for (std::size_t i = 0; i < languages; ++i) {
    names.push_back("<|" + std::string(kLanguages[i].code) + "|>");
  }
  for (const char* name : {"<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
                           "<|nospeech|>", "<|notimestamps|>"}) {
    names.emplace_back(name);
  }
  return names;
}

}  // namespace

Vocabulary official_vocabulary(int n_vocab) {
  if (n_vocab < kEnglishVocabulary) {
    throw Error(ErrorCode::unsupported,
                "no official vocabulary has " + std::to_string(n_vocab) +
                    " tokens (51864 is English, 51865 and more are multilingual); the model needs "
                    "a tokenizer file of its own");
  }
  const bool multilingual = n_vocab >= kFirstMultilingualVocabulary;
  Vocabulary vocabulary;
  vocabulary.where = "the official vocabulary of " + std::to_string(n_vocab) + " tokens";
  vocabulary.pieces.reserve(kBytes + kMerges + 1);
  vocabulary.merges.reserve(kMerges);
  for (const char byte : gpt2_byte_order()) vocabulary.pieces.emplace_back(1, byte);
  add_merges(multilingual ? kMultilingualMerges : kEnglishMerges, vocabulary);
  if (multilingual) vocabulary.pieces.emplace_back();  // its last text token has no bytes
  vocabulary.specials = special_names(n_vocab > kFirstMultilingualVocabulary ? 100 : 99);
  return vocabulary;
}

}  // namespace tessera::whisper
