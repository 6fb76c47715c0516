#include "src/whisper/tokenizer.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "src/whisper/bpe_split.h"
#include "src/whisper/json_file.h"
#include "src/whisper/languages.h"
#include "src/whisper/unicode.h"
#include "src/whisper/vocabulary/huggingface.h"
#include "src/whisper/vocabulary/official.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

/// 0.00 s to 30.00 s in steps of 0.02 s, where the vocabulary does not list them.
constexpr int kTimestamps = 1501;
constexpr int kHundredthsPerTimestamp = 2;

std::string timestamp_name(int index) {
  const int hundredths = index * kHundredthsPerTimestamp;
  const std::string fraction = std::to_string(hundredths % 100);
  return "<|" + std::to_string(hundredths / 100) + (fraction.size() == 1 ? ".0" : ".") + fraction +
         "|>";
}

}  // namespace

Tokenizer Tokenizer::official(int n_vocab) { return {official_vocabulary(n_vocab), n_vocab}; }

std::optional<Tokenizer> Tokenizer::from_directory(const std::filesystem::path& directory,
                                                   int n_vocab) {
  std::optional<Vocabulary> vocabulary = huggingface_vocabulary(directory, n_vocab);
  if (!vocabulary) return std::nullopt;
  return Tokenizer(*std::move(vocabulary), n_vocab);
}

Tokenizer::Tokenizer(Vocabulary vocabulary, int n_vocab)
    : where_(std::move(vocabulary.where)),
      n_vocab_(n_vocab),
      pieces_(std::move(vocabulary.pieces)),
      specials_(std::move(vocabulary.specials)),
      bpe_(pieces_, vocabulary.merges, where_),
      eot_(find_special({"<|endoftext|>"})),
      sot_(find_special({"<|startoftranscript|>"})),
      translate_(find_special({"<|translate|>"})),
      transcribe_(find_special({"<|transcribe|>"})),
      startoflm_(find_special({"<|startoflm|>"})),
      startofprev_(find_special({"<|startofprev|>"})),
      nospeech_(find_special({"<|nospeech|>", "<|nocaptions|>"})),
      notimestamps_(find_special({"<|notimestamps|>"})) {
  if (eot_ != static_cast<int>(pieces_.size())) {
    fail("expected <|endoftext|> to be the first special token, found " +
         printable(specials_.front()));
  }
  find_timestamps();
  find_languages();
}

std::vector<int> Tokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  for (const std::string_view word : split_words(text)) bpe_.encode_word(word, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const int> ids) const {
  std::string bytes;
  for (const int id : ids) bytes += decode_bytes(id);
  return valid_utf8(bytes);
}

std::string Tokenizer::decode_with_controls(std::span<const int> ids) const {
  std::vector<int> kept;
  std::ranges::copy_if(ids, std::back_inserter(kept), [this](int id) { return !is_timestamp(id); });
  return decode_with_timestamps(kept);
}

std::string Tokenizer::decode_with_timestamps(std::span<const int> ids) const {
  std::string bytes;
  for (const int id : ids) {
    const std::string_view text = decode_bytes(id);
    bytes += text.empty() && id >= eot_ ? special_name(id) : std::string(text);
  }
  return valid_utf8(bytes);
}

std::string_view Tokenizer::decode_bytes(int id) const {
  check(id);
  if (id < eot_) return pieces_[id];
  // A fine-tuned model may have added words behind the special tokens.
  const std::size_t i = id - eot_;
  return i < specials_.size() && !is_special_name(specials_[i]) ? specials_[i] : std::string_view();
}

Vocabulary Tokenizer::vocabulary() const {
  Vocabulary vocabulary = {where_, pieces_, bpe_.merges(), specials_};
  const int end = timestamp_begin_ + timestamp_count_;
  for (int id = eot_ + static_cast<int>(specials_.size()); id < end; ++id) {
    vocabulary.specials.push_back(special_name(id));
  }
  return vocabulary;
}

bool Tokenizer::is_multilingual() const { return n_vocab_ >= kFirstMultilingualVocabulary; }

std::optional<int> Tokenizer::language_id(std::string_view code) const {
  const auto found = std::ranges::find(languages_, code, &std::pair<std::string, int>::first);
  if (found == languages_.end()) return std::nullopt;
  return found->second;
}

std::vector<int> Tokenizer::sot_sequence(std::string_view language, Task task) const {
  if (!is_multilingual()) {
    if ((!language.empty() && language != "en") || task != Task::transcribe) {
      throw Error(ErrorCode::bad_argument,
                  "this model only transcribes English, asked to " +
                      std::string(task == Task::translate ? "translate" : "transcribe") +
                      " language '" + printable(language) + "'");
    }
    return {sot_};
  }
  const std::optional<int> id = language_id(language);
  if (!id) {
    throw Error(ErrorCode::bad_argument,
                "this model knows no language '" + printable(language) + "'");
  }
  return {sot_, *id, task == Task::translate ? translate_ : transcribe_};
}

std::vector<int> Tokenizer::non_speech_tokens() const {
  // In each list the texts are separated by one blank.
  constexpr std::string_view kSigns =
      "\" # ( ) * + / : ; < = > @ [ \\ ] ^ _ ` { | } ~ 「 」 『 』 << >> <<< >>> -- --- -( -[ (' "
      "(\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪";
  constexpr std::string_view kMusicSigns = "♩ ♪ ♫ ♬ ♭ ♮ ♯";
  // A hyphen or an apostrophe may stand inside a word, not before it.
  std::set<int> found = {encode(" -").front(), encode(" '").front()};
  // A music sign may take two tokens; the first is shared with other such signs only.
  const auto add = [&](std::string_view texts, bool whole_only) {
    while (!texts.empty()) {
      const std::string text(texts.substr(0, texts.find(' ')));
      texts.remove_prefix(std::min(text.size() + 1, texts.size()));
      for (const std::string& spelling : {text, " " + text}) {
        const std::vector<int> ids = encode(spelling);
        if (ids.size() == 1 || !whole_only) found.insert(ids.front());
      }
    }
  };
  add(kSigns, /*whole_only=*/true);
  add(kMusicSigns, /*whole_only=*/false);
  return {found.begin(), found.end()};
}

int Tokenizer::find_special(std::initializer_list<std::string_view> names) const {
  for (std::size_t i = 0; i < specials_.size(); ++i) {
    if (std::ranges::find(names, specials_[i]) != names.end()) {
      return static_cast<int>(pieces_.size() + i);
    }
  }
  fail("the special token " + std::string(*names.begin()) + " is missing");
}

void Tokenizer::find_timestamps() {
  timestamp_begin_ = notimestamps_ + 1;
  const int listed_end = eot_ + static_cast<int>(specials_.size());
  while (special_name(timestamp_begin_ + timestamp_count_) == timestamp_name(timestamp_count_)) {
    ++timestamp_count_;
  }
  if (timestamp_count_ == 0) {
    if (listed_end != timestamp_begin_) {
      fail("expected <|0.00|> after <|notimestamps|>, found " +
           printable(special_name(timestamp_begin_)));
    }
    timestamp_count_ = kTimestamps;
  }
  if (std::max(listed_end, timestamp_begin_ + timestamp_count_) > n_vocab_) {
    fail("its tokens with " + std::to_string(timestamp_count_) + " timestamps reach id " +
         std::to_string(std::max(listed_end, timestamp_begin_ + timestamp_count_) - 1) +
         ", but the model has " + std::to_string(n_vocab_) + " tokens");
  }
}

void Tokenizer::find_languages() {
  for (std::size_t i = 0; i < specials_.size(); ++i) {
    if (!is_special_name(specials_[i])) continue;
    const std::string code = specials_[i].substr(2, specials_[i].size() - 4);
    if (language_name(code)) languages_.emplace_back(code, eot_ + static_cast<int>(i));
  }
  if (is_multilingual() && languages_.empty()) fail("no language has a token");
}

void Tokenizer::check(int id) const {
  if (id >= 0 && id < n_vocab_) return;
  throw Error(ErrorCode::bad_argument, "expected a token id from 0 to " +
                                           std::to_string(n_vocab_ - 1) + ", got " +
                                           std::to_string(id));
}

std::string Tokenizer::special_name(int id) const {
  if (id - eot_ < static_cast<int>(specials_.size())) return specials_[id - eot_];
  return is_timestamp(id) ? timestamp_name(id - timestamp_begin_) : std::string();
}

void Tokenizer::fail(const std::string& what) const {
  throw Error(ErrorCode::bad_file, where_ + ": " + what);
}

}  // namespace tessera::whisper
