#include "tests/support/equality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <sstream>

#include "tessera/writers.h"
#include "tests/support/named_options.h"

namespace tessera::testing_support {
namespace {

using nlohmann::json;

/// What differs in a window or a file, one line each.
class Differences {
 public:
  template <class A, class B>
  void equal(const std::string& what, const A& ours, const B& theirs) {
    if (ours == theirs) return;
    std::ostringstream line;
    line << what << ": got " << json(ours).dump() << ", expected " << json(theirs).dump();
    lines_.push_back(line.str());
  }
  void near(const std::string& what, double ours, double theirs, double tolerance) {
    if (std::abs(ours - theirs) > tolerance) equal(what, ours, theirs);
  }
  bool none() const { return lines_.empty(); }
  std::string text() const {
    std::string all;
    for (const auto& line : lines_) all += "\n  " + line.substr(0, 600);
    return all;
  }

 private:
  std::vector<std::string> lines_;
};

/// What we made of a case.
struct Made {
  std::vector<WindowReport> windows;
  Result result;
};

Made transcribe(Transcriber& transcriber, const Samples& samples, const Options& options) {
  Made made;
  Callbacks callbacks;
  callbacks.on_window = [&](const WindowReport& window) { made.windows.push_back(window); };
  made.result = transcriber.transcribe_samples(as_floats(samples), options, callbacks);
  return made;
}

void compare_attempt(Differences& differences, const WindowAttempt& ours, const json& theirs) {
  differences.near("temperature", ours.temperature, theirs.at("temperature"), 1e-12);
  differences.near("avg_logprob", ours.avg_logprob, theirs.at("avg_logprob"), kScoreTolerance);
  const double ratio = theirs.at("compression_ratio");  // stored with 7 digits
  differences.near("compression_ratio", ours.compression_ratio, ratio, 1e-6 * ratio);
  differences.equal("too_repetitive", ours.too_repetitive, theirs.at("too_repetitive").get<bool>());
  differences.equal("too_unlikely", ours.too_unlikely, theirs.at("too_unlikely").get<bool>());
}

/// Segments of the window, as their tokens.
json tokens_of(const Result& result, int seek_frames) {
  json tokens = json::array();
  for (const Segment& segment : result.segments) {
    if (segment.seek_frames == seek_frames) tokens.push_back(segment.tokens);
  }
  return tokens;
}

json tokens_of(const json& result, int seek_frames) {
  json tokens = json::array();
  for (const json& segment : result.at("segments")) {
    if (segment.at("seek") == seek_frames) tokens.push_back(segment.at("tokens"));
  }
  return tokens;
}

/// What was decided in a window: the tries and the tokens.
Differences compare_decisions(const WindowReport& ours, const json& theirs, const Result& result,
                              const json& expected) {
  Differences differences;
  const json& attempts = theirs.at("attempts");
  differences.equal("attempts", ours.attempts.size(), attempts.size());
  for (std::size_t i = 0; i < std::min(ours.attempts.size(), attempts.size()); ++i) {
    compare_attempt(differences, ours.attempts[i], attempts[i]);
  }
  differences.near("no_speech_prob", ours.no_speech_prob, theirs.at("no_speech_prob"),
                   kScoreTolerance);
  differences.equal("tokens", tokens_of(result, ours.seek_frames),
                    tokens_of(expected, theirs.at("seek")));
  return differences;
}

/// The closest decision of a window, and its kind; nothing when none is a tie.
std::string tie(const json& window) {
  for (const auto& [kind, margin] : window.at("margins").items()) {
    if (kind == "no_speech") continue;  // these probabilities agree far better
    if (margin.is_number() && margin.get<double>() < kDecisionTie) {
      return kind + " decided by " + margin.dump();
    }
  }
  return "";
}

enum class Verdict { identical, explained, different };

Verdict compare_windows(const Made& made, const json& expected, const json& result,
                        const std::string& name) {
  const json& windows = expected.at("windows");
  for (std::size_t i = 0; i < std::max(made.windows.size(), windows.size()); ++i) {
    const std::string where = name + ", window " + std::to_string(i);
    if (i >= made.windows.size() || i >= windows.size()) {
      ADD_FAILURE() << where << ": got " << made.windows.size() << " windows, expected "
                    << windows.size();
      return Verdict::different;
    }
    Differences place;
    place.equal("seek", made.windows[i].seek_frames, windows[i].at("seek").get<int>());
    place.equal("frames", made.windows[i].frames, windows[i].at("frames").get<int>());
    if (!place.none()) {
      ADD_FAILURE() << where << place.text();
      return Verdict::different;
    }
    const Differences decisions =
        compare_decisions(made.windows[i], windows[i], made.result, result);
    if (decisions.none()) continue;
    const std::string reason = tie(windows[i]);
    if (reason.empty()) {
      ADD_FAILURE() << where << decisions.text() << "\n  margins " << windows[i].at("margins");
      return Verdict::different;
    }
    std::cout << "exception: " << where << ": " << reason << decisions.text() << "\n";
    return Verdict::explained;
  }
  return Verdict::identical;
}

/// Compares a segment's words and gives ours the reference's times and probabilities.
void compare_words(Differences& differences, Segment& ours, const json& theirs, Tally& tally) {
  const json words = theirs.value("words", json::array());
  differences.equal("words", ours.words.size(), words.size());
  for (std::size_t i = 0; i < std::min(ours.words.size(), words.size()); ++i) {
    Word& word = ours.words[i];
    const double tolerance = kWordTolerance_s + 1e-9;
    differences.equal("word", word.text, words[i].at("word").get<std::string>());
    differences.near("start of " + word.text, word.start_s, words[i].at("start"), tolerance);
    differences.near("end of " + word.text, word.end_s, words[i].at("end"), tolerance);
    differences.near("probability of " + word.text, word.probability, words[i].at("probability"),
                     kScoreTolerance);
    if (word.start_s != words[i].at("start") || word.end_s != words[i].at("end")) {
      ++tally.shifted_words;
    }
    word.start_s = words[i].at("start");
    word.end_s = words[i].at("end");
    word.probability = words[i].at("probability");
  }
}

/// Compares a segment and gives ours the reference's scores, so that files can be compared as text.
void compare_segment(Differences& differences, Segment& ours, const json& theirs, bool words,
                     Tally& tally) {
  differences.equal("id", ours.id, theirs.at("id").get<int>());
  differences.equal("seek", ours.seek_frames, theirs.at("seek").get<int>());
  differences.equal("text", ours.text, theirs.at("text").get<std::string>());
  differences.equal("tokens", ours.tokens, theirs.at("tokens").get<std::vector<int>>());
  differences.near("temperature", ours.temperature, theirs.at("temperature"), 1e-12);
  differences.equal("compression_ratio", ours.compression_ratio,
                    theirs.at("compression_ratio").get<double>());
  differences.near("avg_logprob", ours.avg_logprob, theirs.at("avg_logprob"), kScoreTolerance);
  differences.near("no_speech_prob", ours.no_speech_prob, theirs.at("no_speech_prob"),
                   kScoreTolerance);
  const double tolerance = words ? kWordTolerance_s + 1e-9 : 0;
  differences.near("start", ours.start_s, theirs.at("start"), tolerance);
  differences.near("end", ours.end_s, theirs.at("end"), tolerance);
  if (words) compare_words(differences, ours, theirs, tally);
  ours.avg_logprob = theirs.at("avg_logprob");
  ours.no_speech_prob = theirs.at("no_speech_prob");
  ours.temperature = theirs.at("temperature");
  ours.start_s = theirs.at("start");
  ours.end_s = theirs.at("end");
}

void compare_result(Differences& differences, Result& ours, const json& theirs, bool words,
                    Tally& tally) {
  differences.equal("text", ours.text, theirs.at("text").get<std::string>());
  differences.equal("language", ours.language, theirs.at("language").get<std::string>());
  differences.equal("segments", ours.segments.size(), theirs.at("segments").size());
  if (!differences.none()) return;
  for (std::size_t i = 0; i < ours.segments.size(); ++i) {
    compare_segment(differences, ours.segments[i], theirs.at("segments")[i], words, tally);
  }
}

void compare_files(Differences& differences, const Result& result, const json& named,
                   const json& files, Tally& tally) {
  for (const OutputFormat format : {OutputFormat::txt, OutputFormat::srt, OutputFormat::vtt,
                                    OutputFormat::tsv, OutputFormat::json}) {
    const std::string name = output_format_name(format);
    const json& theirs = files.at(name);
    if (theirs.is_null()) {
      ++tally.files_that_failed;
      continue;
    }
    std::ostringstream out;
    write_result(result, format, out, named_layout(named));
    differences.equal(name, out.str(), theirs.get<std::string>());
    ++tally.files;
  }
}

void compare_language(Differences& differences, const Result& result, const json& expected) {
  if (!expected.contains("language")) return;
  differences.equal("language", result.language, expected["language"][0].get<std::string>());
  differences.near("language probability", result.language_probability, expected["language"][1],
                   kScoreTolerance);
}

void expect_equal_case(const json& expected, const json& named, const std::string& name,
                       Transcriber& transcriber, const Samples& samples, Tally& tally) {
  const json result = json::parse(expected.at("files").at("json").get<std::string>());
  Made made = transcribe(transcriber, samples, named_options(named));
  ++tally.cases;
  const Verdict verdict = compare_windows(made, expected, result, name);
  if (verdict == Verdict::explained) ++tally.explained;
  if (verdict != Verdict::identical) return;
  Differences differences;
  compare_language(differences, made.result, expected);
  compare_result(differences, made.result, result, named.value("word_timestamps", false), tally);
  if (differences.none()) {
    compare_files(differences, made.result, named, expected.at("files"), tally);
  }
  if (differences.none()) {
    ++tally.identical;
  } else {
    ADD_FAILURE() << name << differences.text();
  }
}

}  // namespace

Tally expect_equal_cases(const json& golden, Transcriber& transcriber, Sounds& sounds, int part,
                         int parts) {
  std::map<std::string, std::uint32_t> checksums;
  for (const auto& sound : golden.at("sounds")) checksums[sound.at("name")] = sound.at("crc32");
  Tally tally;
  const json& cases = golden.at("cases");
  for (std::size_t i = static_cast<std::size_t>(part); i < cases.size();
       i += static_cast<std::size_t>(parts)) {
    if (testing::Test::HasFailure() && GTEST_FLAG_GET(fail_fast)) break;
    const std::string sound = cases[i].at("sound");
    const Samples& samples = sounds.samples(sound);
    if (checksum(samples) != checksums.at(sound)) {
      ADD_FAILURE() << sound << ": the sound is not the one that the golden data were made with";
      continue;
    }
    json named = golden.at("defaults");
    named.update(cases[i].at("options"));
    const std::string name = sound + " " + cases[i].at("options").dump().substr(0, 200);
    expect_equal_case(cases[i], named, name, transcriber, samples, tally);
  }
  return tally;
}

std::string describe(const Tally& tally) {
  std::ostringstream line;
  line << tally.identical << " of " << tally.cases << " transcriptions are identical, "
       << tally.explained << " differ by a tie; " << tally.files << " files are equal, "
       << tally.files_that_failed << " cannot be written by the original; " << tally.shifted_words
       << " words are up to 0.02 s away";
  return line.str();
}

}  // namespace tessera::testing_support
