// Text to tokens and back, and the special tokens that steer a Whisper decoder.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/whisper/bpe.h"
#include "src/whisper/vocabulary/vocabulary.h"
#include "tessera/options.h"

namespace tessera::whisper {

/// The vocabulary of one model. Immutable: any number of threads may use one.
///
/// Ids below eot() are text. The special ids follow; the timestamps 0.00 s, 0.02 s, ... are the
/// last of them. Functions that take ids throw Error{bad_argument} for one outside 0 ... n_vocab
/// - 1.
class Tokenizer {
 public:
  /// The vocabulary that the library carries for an official model, told by the rows of its
  /// embedding (see official_vocabulary). Throws Error{unsupported} when there is none.
  static Tokenizer official(int n_vocab);

  /// From the tokenizer files in a model's directory (see huggingface_vocabulary); nothing when it
  /// has none. Throws Error{bad_file, unsupported}.
  static std::optional<Tokenizer> from_directory(const std::filesystem::path& directory,
                                                 int n_vocab);

  /// Throws Error{bad_file} when the vocabulary lacks a special token or does not fit n_vocab.
  Tokenizer(Vocabulary vocabulary, int n_vocab);

  /// The tokens of plain text. The names of special tokens are text like any other. Ill-formed
  /// UTF-8 is kept as it is.
  std::vector<int> encode(std::string_view text) const;

  /// The text of the text tokens among `ids`; special tokens are skipped, ill-formed UTF-8 becomes
  /// U+FFFD.
  std::string decode(std::span<const int> ids) const;

  /// As decode, with special tokens written out, but not timestamps. openai/whisper judges the text
  /// of a window and makes the text of a transcript this way (a language's token may be sampled);
  /// the text of segments is decode's.
  std::string decode_with_controls(std::span<const int> ids) const;

  /// As decode, with special tokens and timestamps written out: "<|0.00|> Hello.<|1.24|>".
  std::string decode_with_timestamps(std::span<const int> ids) const;

  /// The bytes of a text token, which may be a part of a character; nothing for a special token.
  /// For text that grows token by token, see Utf8Assembler.
  std::string_view decode_bytes(int id) const;

  /// What it was made of, the timestamps listed among the special tokens.
  Vocabulary vocabulary() const;

  int n_vocab() const { return n_vocab_; }
  bool is_multilingual() const;

  int eot() const { return eot_; }
  int sot() const { return sot_; }
  int translate() const { return translate_; }
  int transcribe() const { return transcribe_; }
  int startoflm() const { return startoflm_; }
  int startofprev() const { return startofprev_; }
  int nospeech() const { return nospeech_; }
  int notimestamps() const { return notimestamps_; }

  int timestamp_begin() const { return timestamp_begin_; }
  int timestamp_count() const { return timestamp_count_; }
  bool is_timestamp(int id) const {
    return id >= timestamp_begin_ && id < timestamp_begin_ + timestamp_count_;
  }

  /// The codes of the languages that have a token, with the token's id, by rising id.
  const std::vector<std::pair<std::string, int>>& languages() const { return languages_; }
  /// The token of a language code (see languages.h); nothing when the vocabulary has none.
  std::optional<int> language_id(std::string_view code) const;

  /// What the decoder starts from: sot, and for multilingual models the language and the task.
  /// An English model takes language "en" or "" and the task transcribe.
  /// Throws Error{bad_argument} for a language or task that the model does not know.
  std::vector<int> sot_sequence(std::string_view language, Task task) const;

  /// Tokens of signs that are not spoken, such as speaker tags and notes, by rising id: what
  /// openai-whisper suppresses for "-1". A hyphen or an apostrophe is one only at the beginning of
  /// a word.
  std::vector<int> non_speech_tokens() const;

 private:
  int find_special(std::initializer_list<std::string_view> names) const;
  void find_timestamps();
  void find_languages();
  /// Checks the range of an id.
  void check(int id) const;
  /// The name of an id from eot on; empty for padding.
  std::string special_name(int id) const;
  [[noreturn]] void fail(const std::string& what) const;

  std::string where_;
  int n_vocab_;
  std::vector<std::string> pieces_;
  std::vector<std::string> specials_;  // the name of id eot_ + i
  Bpe bpe_;
  int eot_;
  int sot_;
  int translate_;
  int transcribe_;
  int startoflm_;
  int startofprev_;
  int nospeech_;
  int notimestamps_;
  int timestamp_begin_ = 0;
  int timestamp_count_ = 0;
  std::vector<std::pair<std::string, int>> languages_;
};

}  // namespace tessera::whisper
