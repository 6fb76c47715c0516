// How much a transcript differs from what was said: word error rates as papers report them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/error.h"

namespace tessera {

/// What is made equal before words are compared.
enum class Normalizer {
  english,  ///< openai/whisper's rules for English: case, punctuation, numbers, contractions,
            ///< spelling
  basic,    ///< openai/whisper's rules for all other languages: case and punctuation
  none,     ///< nothing: texts are cut into words at white space
};

struct Normalization {
  Normalizer normalizer = Normalizer::english;
  bool remove_diacritics = false;  ///< basic alone: "é" is "e"
  bool split_letters = false;  ///< basic alone: each character is a word, for Chinese, Thai, ...
};

/// "english", "basic", "none".
TESSERA_API const char* normalizer_name(Normalizer normalizer);
/// Throws Error{bad_argument} for any other name.
TESSERA_API Normalizer parse_normalizer(std::string_view name);

/// The text as it is compared; bytes that are not UTF-8 become U+FFFD first. Throws
/// Error{bad_argument} when an option of basic is combined with another normaliser.
TESSERA_API std::string normalize_text(std::string_view text,
                                       const Normalization& normalization = {});

/// What was said, or what was understood, in one recording.
struct Transcript {
  std::string id;  ///< the recording's name, see transcript_id
  std::string text;
};

/// The name that stands for a recording in lists of transcripts: of "a/talk.one.mp3" it is
/// "talk.one". Only extensions of sound, video, txt and json are taken off.
TESSERA_API std::string transcript_id(std::string_view path);

/// Reads transcripts from
/// - NAME.json: what `tessera -o` and openai/whisper write, or an object {"name": "text", ...},
/// - NAME.txt: the text of recording NAME, unless it is as the next,
/// - lines "name<TAB>text", anywhere; the text may be empty. A first line "id<TAB>text" is a
/// header,
/// - lines "name text", as LibriSpeech's *.trans.txt and Kaldi's `text`, in files of other names,
/// - a folder with such files in it or below: the *.trans.txt or else the *.json, *.txt or *.tsv.
/// Throws Error{bad_file}, naming file and line, for what is none of these, is not UTF-8, has a
/// name twice, or no transcript at all.
TESSERA_API std::vector<Transcript> read_transcripts(const std::string& path);

/// Counts of an alignment of two texts with the fewest errors.
struct WordErrors {
  std::uint64_t hits = 0;
  std::uint64_t substitutions = 0;
  std::uint64_t deletions = 0;   ///< words of the reference that are missing
  std::uint64_t insertions = 0;  ///< words that are not in the reference

  std::uint64_t words() const { return hits + substitutions + deletions; }  ///< of the reference
  std::uint64_t errors() const { return substitutions + deletions + insertions; }
};

/// Errors by words of the reference; above 1 is possible. Without words: 0 if there is no error,
/// else infinite.
TESSERA_API double word_error_rate(const WordErrors& errors);

/// A place of an alignment.
struct AlignedWord {
  enum class Kind { hit, substitution, deletion, insertion };
  Kind kind = Kind::hit;
  std::string reference;   ///< empty for an insertion
  std::string hypothesis;  ///< empty for a deletion
};

/// One transcript compared with its reference.
struct ScoredTranscript {
  std::string id;
  std::string reference;   ///< as given
  std::string hypothesis;  ///< as given
  WordErrors errors;
  std::uint64_t characters = 0;        ///< of the normalised reference, single blanks included
  std::uint64_t character_errors = 0;  ///< the least number of edits
  std::vector<AlignedWord> alignment;  ///< of the normalised texts
};

/// Compares one pair of texts. Where several alignments have the fewest errors, jiwer's is taken
/// (for texts of some thousand words jiwer divides the work, and may count another mixture of the
/// same number). Throws Error{unsupported} for texts that are too long to be aligned, about a day
/// of speech.
TESSERA_API ScoredTranscript score_transcript(const Transcript& reference,
                                              std::string_view hypothesis,
                                              const Normalization& normalization = {});

/// All transcripts of one model, or one way to run it.
struct WerReport {
  std::string name;
  Normalization normalization;
  std::vector<ScoredTranscript> transcripts;
};

/// Of all its transcripts together.
TESSERA_API WordErrors total_errors(const WerReport& report);
/// Character edits by characters of the references, as word_error_rate.
TESSERA_API double character_error_rate(const WerReport& report);
/// How many transcripts differ from their reference after normalisation.
TESSERA_API std::uint64_t count_changed(const WerReport& report);

/// Compares transcripts of the same ids, in the order of the references. Throws Error{bad_argument}
/// when an id is in one list alone, unless `common_only` leaves those out, and when there is
/// nothing left to compare or no word in any reference.
TESSERA_API WerReport score_transcripts(const std::string& name,
                                        const std::vector<Transcript>& references,
                                        const std::vector<Transcript>& hypotheses,
                                        const Normalization& normalization = {},
                                        bool common_only = false);

/// Writes reports with all their texts as JSON; the file appears complete or not at all. Throws
/// Error{bad_file}.
TESSERA_API void save_wer_reports(const std::vector<WerReport>& reports, const std::string& path);

}  // namespace tessera
