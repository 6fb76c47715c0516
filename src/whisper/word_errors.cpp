// Word and character error rates of tessera/wer.h.
#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

#include "src/whisper/edit_distance.h"
#include "src/whisper/json_file.h"
#include "src/whisper/normalizer/code_points.h"
#include "tessera/wer.h"

namespace tessera {
namespace {

using whisper::Edit;

double quotient(std::uint64_t errors, std::uint64_t count) {
  if (count > 0) return static_cast<double>(errors) / static_cast<double>(count);
  return errors == 0 ? 0.0 : std::numeric_limits<double>::infinity();
}

/// Equal words get equal numbers.
class WordNumbers {
 public:
  std::vector<std::uint32_t> of(const std::vector<std::u32string>& words) {
    std::vector<std::uint32_t> numbers;
    for (const std::u32string& word : words) {
      numbers.push_back(numbers_.emplace(word, numbers_.size()).first->second);
    }
    return numbers;
  }

 private:
  std::unordered_map<std::u32string, std::uint32_t> numbers_;
};

/// Walks along both texts.
std::vector<AlignedWord> align(const std::vector<std::u32string>& reference,
                               const std::vector<std::u32string>& hypothesis) {
  WordNumbers numbers;
  const std::vector<std::uint32_t> from = numbers.of(reference);
  const std::vector<std::uint32_t> to = numbers.of(hypothesis);
  std::vector<AlignedWord> alignment;
  std::size_t i = 0, j = 0;
  for (const Edit edit : whisper::shortest_edits(from, to)) {
    AlignedWord word;
    word.kind = edit == Edit::keep         ? AlignedWord::Kind::hit
                : edit == Edit::substitute ? AlignedWord::Kind::substitution
                : edit == Edit::erase      ? AlignedWord::Kind::deletion
                                           : AlignedWord::Kind::insertion;
    if (edit != Edit::insert) word.reference = whisper::to_utf8(reference[i++]);
    if (edit != Edit::erase) word.hypothesis = whisper::to_utf8(hypothesis[j++]);
    alignment.push_back(std::move(word));
  }
  return alignment;
}

WordErrors count(const std::vector<AlignedWord>& alignment) {
  WordErrors errors;
  for (const AlignedWord& word : alignment) {
    switch (word.kind) {
      case AlignedWord::Kind::hit:
        ++errors.hits;
        break;
      case AlignedWord::Kind::substitution:
        ++errors.substitutions;
        break;
      case AlignedWord::Kind::deletion:
        ++errors.deletions;
        break;
      case AlignedWord::Kind::insertion:
        ++errors.insertions;
        break;
    }
  }
  return errors;
}

std::vector<std::u32string> words_of(std::string_view text, const Normalization& normalization) {
  return whisper::split_words(whisper::to_code_points(normalize_text(text, normalization)));
}

/// "'a'", or "'a' and 2 others".
std::string some_of(const std::vector<std::string>& ids) {
  const std::size_t others = ids.size() - 1;
  std::string text = "'" + whisper::printable(ids.front()) + "'";
  if (others > 0) text += " and " + std::to_string(others) + (others == 1 ? " other" : " others");
  return text;
}

/// The texts by id. Throws when one is there twice.
std::map<std::string, const Transcript*> by_id(const std::vector<Transcript>& transcripts,
                                               const std::string& name) {
  std::map<std::string, const Transcript*> found;
  for (const Transcript& transcript : transcripts) {
    if (!found.emplace(transcript.id, &transcript).second) {
      throw Error(ErrorCode::bad_argument,
                  name + ": '" + whisper::printable(transcript.id) + "' is there twice");
    }
  }
  return found;
}

void refuse_lonely(const std::string& name, const char* what,
                   const std::vector<std::string>& lonely) {
  if (lonely.empty()) return;
  throw Error(ErrorCode::bad_argument, name + ": no " + what + " for " + some_of(lonely));
}

}  // namespace

double word_error_rate(const WordErrors& errors) {
  return quotient(errors.errors(), errors.words());
}

ScoredTranscript score_transcript(const Transcript& reference, std::string_view hypothesis,
                                  const Normalization& normalization) {
  const std::vector<std::u32string> said = words_of(reference.text, normalization);
  const std::vector<std::u32string> heard = words_of(hypothesis, normalization);
  const std::u32string from = whisper::join(said, U" "), to = whisper::join(heard, U" ");
  ScoredTranscript scored;
  scored.id = reference.id;
  scored.reference = reference.text;
  scored.hypothesis = hypothesis;
  scored.alignment = align(said, heard);
  scored.errors = count(scored.alignment);
  scored.characters = from.size();
  scored.character_errors =
      whisper::edit_distance(std::vector<std::uint32_t>(from.begin(), from.end()),
                             std::vector<std::uint32_t>(to.begin(), to.end()));
  return scored;
}

WordErrors total_errors(const WerReport& report) {
  WordErrors sum;
  for (const ScoredTranscript& transcript : report.transcripts) {
    sum.hits += transcript.errors.hits;
    sum.substitutions += transcript.errors.substitutions;
    sum.deletions += transcript.errors.deletions;
    sum.insertions += transcript.errors.insertions;
  }
  return sum;
}

double character_error_rate(const WerReport& report) {
  std::uint64_t errors = 0, characters = 0;
  for (const ScoredTranscript& transcript : report.transcripts) {
    errors += transcript.character_errors;
    characters += transcript.characters;
  }
  return quotient(errors, characters);
}

std::uint64_t count_changed(const WerReport& report) {
  return static_cast<std::uint64_t>(
      std::count_if(report.transcripts.begin(), report.transcripts.end(),
                    [](const ScoredTranscript& scored) { return scored.errors.errors() > 0; }));
}

WerReport score_transcripts(const std::string& name, const std::vector<Transcript>& references,
                            const std::vector<Transcript>& hypotheses,
                            const Normalization& normalization, bool common_only) {
  const auto said = by_id(references, "references");
  const auto heard = by_id(hypotheses, name);
  std::vector<std::string> without_reference, without_hypothesis;
  for (const Transcript& hypothesis : hypotheses) {
    if (!said.contains(hypothesis.id)) without_reference.push_back(hypothesis.id);
  }
  for (const Transcript& reference : references) {
    if (!heard.contains(reference.id)) without_hypothesis.push_back(reference.id);
  }
  if (!common_only) {
    refuse_lonely(name, "transcript", without_hypothesis);
    refuse_lonely(name, "reference", without_reference);
  }
  WerReport report{name, normalization, {}};
  for (const Transcript& reference : references) {
    const auto found = heard.find(reference.id);
    if (found == heard.end()) continue;
    report.transcripts.push_back(score_transcript(reference, found->second->text, normalization));
  }
  if (report.transcripts.empty()) {
    throw Error(ErrorCode::bad_argument, name + ": no transcript has a reference");
  }
  if (total_errors(report).words() == 0) {
    throw Error(ErrorCode::bad_argument, name + ": the references have no words");
  }
  return report;
}

}  // namespace tessera
