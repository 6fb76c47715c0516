// Windows decoded in batches, of one recording and of several: the same text as one after the
// other, whoever shares the batch, and nothing that goes wrong with one is another's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "tessera/transcriber.h"
#include "tests/support/api.h"

namespace tessera {
namespace {

using test::code_of;
using test::quick_options;
using test::tone;

/// Everything of a segment that was heard.
struct Heard {
  int seek_frames;
  double start_s, end_s;
  std::string text;
  std::vector<int> tokens;
  double temperature, avg_logprob, no_speech_prob;
  std::vector<std::pair<std::string, double>> words;
  bool operator==(const Heard&) const = default;
};

void PrintTo(const Heard& heard, std::ostream* out) {
  *out << heard.seek_frames << ": " << heard.start_s << " to " << heard.end_s << " at "
       << heard.temperature << heard.text;
}

std::vector<Heard> heard(const Result& result) {
  std::vector<Heard> all;
  for (const Segment& segment : result.segments) {
    all.push_back({segment.seek_frames,
                   segment.start_s,
                   segment.end_s,
                   segment.text,
                   segment.tokens,
                   segment.temperature,
                   segment.avg_logprob,
                   segment.no_speech_prob,
                   {}});
    for (const Word& word : segment.words) all.back().words.emplace_back(word.text, word.start_s);
  }
  return all;
}

/// The sample that ships: a header of 44 bytes, and samples of 16 bits.
std::vector<float> read_sample() {
  std::ifstream file(TESSERA_SOURCE_DIR "/models/pebble/sample.wav", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> samples;
  for (std::size_t i = 44; i + 1 < bytes.size(); i += 2) {
    const auto low = static_cast<unsigned char>(bytes[i]);
    samples.push_back(static_cast<float>(static_cast<signed char>(bytes[i + 1]) * 256 + low) /
                      32768);
  }
  return samples;
}

class BatchTest : public testing::Test {
 protected:
  static constexpr double kSeconds = 100;  // four windows

  Result transcribe(Options options, int batch_size, const Callbacks& callbacks = {}) {
    options.batch_size = batch_size;
    return transcriber_.transcribe_samples(samples_, options, callbacks);
  }

  /// One after the other, over clips that are the windows of the batches, without history.
  Result in_turn(Options options) {
    options.condition_on_previous_text = false;
    options.clip_timestamps_s = window_edges(options);
    return transcriber_.transcribe_samples(samples_, options);
  }

  std::vector<double> window_edges(const Options& options) {
    std::vector<double> edges;
    int end = -1;
    Callbacks callbacks;
    callbacks.on_window = [&](const WindowReport& window) {
      if (window.seek_frames < end) return;  // what was cut short of the window before
      edges.push_back(window.seek_frames / 100.0);
      end = window.seek_frames + window.frames;
      edges.push_back(end / 100.0);
    };
    transcribe(options, 2, callbacks);
    return edges;
  }

  void expect_same_in_every_batch(const Options& options) {
    const std::vector<Heard> expected = heard(in_turn(options));
    ASSERT_GE(expected.size(), 4u);
    for (const int batch_size : {2, 3, 32}) {
      // Windows that were heard once more, with the text before them, say something else.
      std::vector<int> retried;
      Callbacks callbacks;
      callbacks.on_window = [&](const WindowReport& window) {
        if (window.retried) retried.push_back(window.seek_frames);
      };
      const Result result = transcribe(options, batch_size, callbacks);
      const auto heard_once = [&](std::vector<Heard> all) {
        std::erase_if(all, [&](const Heard& one) {
          return std::ranges::find(retried, one.seek_frames) != retried.end();
        });
        return all;
      };
      EXPECT_EQ(heard_once(heard(result)), heard_once(expected)) << batch_size;
      EXPECT_LT(retried.size(), expected.size());
      EXPECT_DOUBLE_EQ(result.duration_s, kSeconds);
    }
  }

  Model model_ = Model::load(test::kSmallModel);
  Transcriber transcriber_{model_, {.device = "cpu", .precision = "f32", .threads = 2}};
  std::vector<float> samples_ = tone(kSeconds);
};

TEST_F(BatchTest, WindowsFollowEachOtherAndCoverTheRecording) {
  const std::vector<double> edges = window_edges(quick_options());
  ASSERT_GE(edges.size(), 8u);
  EXPECT_EQ(edges.front(), 0);
  EXPECT_EQ(edges.back(), kSeconds);
  for (std::size_t i = 0; i + 1 < edges.size(); i += 2) {
    const double seconds = edges[i + 1] - edges[i];
    EXPECT_LE(seconds, 30);
    if (i + 2 == edges.size()) break;
    EXPECT_GE(seconds, 25);
    EXPECT_EQ(edges[i + 1], edges[i + 2]);
  }
}

TEST_F(BatchTest, GreedyTextIsThatOfOneAfterTheOther) {
  expect_same_in_every_batch(quick_options());
}

TEST_F(BatchTest, BeamsOfSeveralWindowsGoTogether) {
  Options options = quick_options();
  options.beam_size = 3;
  options.max_tokens = 8;
  expect_same_in_every_batch(options);
}

// A random model's text is refused at any temperature where the bound lies within its scores: some
// windows are accepted at once, others go on at higher temperatures, with more streams.
TEST_F(BatchTest, EveryWindowHasItsOwnTemperatures) {
  Options options = quick_options();
  options.temperatures = {0.0, 0.4, 0.8};
  options.best_of = 2;
  options.logprob_threshold = -3;
  std::vector<double> scores;
  for (const Segment& segment : in_turn(quick_options()).segments) {
    scores.push_back(segment.avg_logprob);
  }
  std::ranges::sort(scores);
  options.logprob_threshold = (scores[scores.size() / 2 - 1] + scores[scores.size() / 2]) / 2;
  expect_same_in_every_batch(options);
  int at_once = 0, again = 0;
  for (const Segment& segment : transcribe(options, 8).segments) {
    ++(segment.temperature == 0 ? at_once : again);
  }
  EXPECT_GT(at_once, 0);
  EXPECT_GT(again, 0);
}

// Nothing this model says is likely enough.
TEST_F(BatchTest, ARefusedWindowIsHeardOnceMoreWithTheTextBeforeIt) {
  Options options = quick_options();
  options.temperatures = {0.0, 0.4};
  options.best_of = 1;
  options.logprob_threshold = -0.001;
  for (const bool fallback : {true, false}) {
    if (!fallback) options.temperatures = {0.0};
    std::vector<WindowReport> windows;
    Callbacks callbacks;
    callbacks.on_window = [&](const WindowReport& window) { windows.push_back(window); };
    const Result result = transcribe(options, 3, callbacks);
    ASSERT_GE(windows.size(), 4U);
    EXPECT_EQ(result.segments.size(), windows.size());
    EXPECT_FALSE(windows.front().retried) << "there is no text before it";
    EXPECT_EQ(windows.front().attempts.size(), options.temperatures.size());
    for (std::size_t i = 1; i < windows.size(); ++i) {
      EXPECT_EQ(windows[i].retried, fallback) << i;
      EXPECT_EQ(windows[i].attempts.size(), fallback ? 4U : 1U) << i;
    }
  }
}

TEST_F(BatchTest, ADoubtfulWindowThatRepeatsThoseBeforeItIsLeftOutAndToldOf) {
  Options options = quick_options();
  options.max_repeated_windows.reset();  // 2
  const Result all = transcribe(quick_options(), 2);
  ASSERT_GE(all.segments.size(), 3U);
  ASSERT_EQ(all.segments[1].text, all.segments[0].text) << "what this test is about";
  ASSERT_EQ(all.segments[2].text, all.segments[0].text);
  std::vector<int> repetitions;
  Callbacks callbacks;
  callbacks.on_window = [&](const WindowReport& window) {
    if (window.repetition) repetitions.push_back(window.seek_frames);
  };
  const Result result = transcribe(options, 2, callbacks);
  ASSERT_EQ(repetitions, (std::vector<int>{all.segments[2].seek_frames}));
  EXPECT_EQ(result.segments.size() + 1, all.segments.size());
  ASSERT_EQ(result.left_out.size(), 1U);
  EXPECT_EQ(result.left_out[0].reason, LeftOut::Reason::repetition);
  EXPECT_EQ(result.left_out[0].text, all.segments[2].text);
  EXPECT_DOUBLE_EQ(result.left_out[0].start_s, all.segments[2].start_s);
  options.logprob_threshold = -100;
  EXPECT_EQ(transcribe(options, 2).left_out.size(), 1U) << "unlikely text is doubtful all the same";
}

// The model that ships, whose text ends with a timestamp, so that in turn too a clip is one window.
TEST_F(BatchTest, SpeechAndItsWordsAreThoseOfOneAfterTheOther) {
  transcriber_ = Transcriber(Model::load(TESSERA_SOURCE_DIR "/models/pebble"), {.threads = 2});
  const std::vector<float> sample = read_sample();
  samples_.clear();
  for (int i = 0; i < 3; ++i) {  // each in a window of its own
    samples_.insert(samples_.end(), sample.begin(), sample.end());
    samples_.resize(static_cast<std::size_t>(i + 1) * 30 * 16000);
  }
  Options options;
  options.word_timestamps = true;
  const std::vector<Heard> expected = heard(in_turn(options));
  ASSERT_EQ(expected.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(expected[i].text,
              i % 2 == 0 ? " Hello from Tessera." : " Please bring me coffee and cake.");
    EXPECT_GE(expected[i].words.size(), 3u);
  }
  EXPECT_EQ(heard(transcribe(options, 3)), expected);
}

TEST_F(BatchTest, TextThatIsCutShortIsHeardFurther) {
  Options options = quick_options();
  options.timestamps = true;
  options.max_tokens = 12;
  // In turn, text that is open at a clip's end is heard again; in batches it is kept. Texts that
  // end for want of tokens go on in both, and this model's do.
  const Result result = transcribe(options, 8);
  const std::vector<Heard> expected = heard(in_turn(options));
  EXPECT_EQ(heard(result), expected);
  EXPECT_EQ(heard(transcribe(options, 3)), expected);
}

TEST_F(BatchTest, InitialPromptsGoToTheFirstWindowOrToAll) {
  Options options = quick_options();
  options.initial_prompt = "Tessera";
  const std::vector<Heard> first = heard(transcribe(options, 4));
  EXPECT_EQ(first, heard(in_turn(options)));
  options.carry_initial_prompt = true;
  const std::vector<Heard> all = heard(transcribe(options, 4));
  options.initial_prompt.clear();
  options.carry_initial_prompt = false;
  options.prefix = "Tessera";
  EXPECT_EQ(heard(transcribe(options, 4)), heard(in_turn(options)));
  options.prefix.clear();
  options.hotwords = "Tessera";
  const std::vector<Heard> hot = heard(transcribe(options, 4));
  // What a window is shown is the same: the prompt that is carried, and words to expect.
  ASSERT_EQ(all.size(), hot.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].tokens, hot[i].tokens) << i;
}

TEST_F(BatchTest, ReportsInOrder) {
  std::string language;
  std::vector<double> done;
  std::vector<int> windows, ids;
  Callbacks callbacks;
  const auto self = std::this_thread::get_id();
  callbacks.on_language = [&](const std::string& code, double) { language = code; };
  callbacks.on_progress = [&](double seconds, double) { done.push_back(seconds); };
  callbacks.on_window = [&](const WindowReport& window) { windows.push_back(window.seek_frames); };
  callbacks.on_segment = [&](const Segment& segment) {
    EXPECT_EQ(std::this_thread::get_id(), self);
    EXPECT_EQ(language, "en");
    ids.push_back(segment.id);
  };
  const Result result = transcribe(quick_options(), 4, callbacks);
  EXPECT_TRUE(std::ranges::is_sorted(windows));
  EXPECT_EQ(done.front(), 0);
  EXPECT_EQ(done.back(), kSeconds);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  ASSERT_EQ(ids.size(), result.segments.size());
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], static_cast<int>(i));
  EXPECT_GT(result.seconds.mel, 0);
  EXPECT_GT(result.seconds.encode, 0);
  EXPECT_GT(result.seconds.decode, 0);
}

TEST_F(BatchTest, DetectsTheLanguageOnce) {
  Options options = quick_options();
  options.language.clear();
  int calls = 0;
  Callbacks callbacks;
  callbacks.on_language = [&](const std::string&, double) { ++calls; };
  EXPECT_EQ(transcribe(options, 4, callbacks).language, transcribe(options, 0).language);
  EXPECT_EQ(calls, 1);
}

TEST_F(BatchTest, RefusesWrongOptions) {
  const auto refused = [&](int batch_size, const std::function<void(Options&)>& change) {
    Options options = quick_options();
    change(options);
    return code_of([&] { transcribe(options, batch_size); });
  };
  const auto nothing = [](Options&) {};
  EXPECT_EQ(refused(-1, nothing), ErrorCode::bad_argument);
  EXPECT_EQ(refused(129, nothing), ErrorCode::bad_argument);
  EXPECT_EQ(refused(4, [](Options& o) { o.language = "klingon"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused(4, [](Options& o) { o.suppress_tokens = "51865"; }), ErrorCode::bad_argument);
  EXPECT_EQ(refused(4,
                    [](Options& o) {
                      o.word_timestamps = true;
                      o.hallucination_silence_threshold_s = 2;
                    }),
            ErrorCode::bad_argument);
}

TEST_F(BatchTest, StopsFromACallbackAndWorksAgainAfterwards) {
  const std::vector<Heard> expected = heard(transcribe(quick_options(), 4));
  std::stop_source source;
  Callbacks callbacks;
  callbacks.stop = source.get_token();
  int segments = 0;
  callbacks.on_segment = [&](const Segment&) {
    ++segments;
    source.request_stop();
  };
  EXPECT_EQ(code_of([&] { transcribe(quick_options(), 4, callbacks); }), ErrorCode::cancelled);
  EXPECT_EQ(segments, 1);
  EXPECT_EQ(heard(transcribe(quick_options(), 4)), expected);
}

TEST_F(BatchTest, StopsFromAnotherThreadAtAnyMoment) {
  const std::vector<Heard> expected = heard(transcribe(quick_options(), 4));
  for (int moment = 0; moment < 12; ++moment) {
    std::stop_source source;
    Callbacks callbacks;
    callbacks.stop = source.get_token();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5 * moment));
      source.request_stop();
    });
    try {
      EXPECT_EQ(heard(transcribe(quick_options(), 4, callbacks)), expected);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
  }
  EXPECT_EQ(heard(transcribe(quick_options(), 4)), expected);
}

TEST_F(BatchTest, PassesAnExceptionOfACallbackThrough) {
  Callbacks callbacks;
  callbacks.on_segment = [](const Segment&) { throw std::out_of_range("mine"); };
  EXPECT_THROW(transcribe(quick_options(), 4, callbacks), std::out_of_range);
  callbacks = {};
  callbacks.on_language = [](const std::string&, double) { throw std::out_of_range("mine"); };
  EXPECT_THROW(transcribe(quick_options(), 4, callbacks), std::out_of_range);
}

TEST_F(BatchTest, NoSoundHasAnEmptyTranscript) {
  samples_.clear();
  EXPECT_TRUE(transcribe(quick_options(), 4).segments.empty());
}

TEST_F(BatchTest, TwoModelsAtOnce) {
  const Model other_model = Model::load("random:tiny,width=64,layers=2,seed=5");
  const std::vector<float> sound = tone(40);
  for (const char* device : {"reference", "cpu"}) {
    const auto run = [&](const Model& model) {
      Options options = quick_options();
      options.batch_size = 3;
      return heard(
          Transcriber(model, {.device = device, .threads = 2}).transcribe_samples(sound, options));
    };
    const std::vector<Heard> expected = run(model_), other_expected = run(other_model);
    EXPECT_NE(expected, other_expected);
    std::vector<Heard> got, other_got;
    std::jthread one([&] { got = run(model_); });
    std::jthread other([&] { other_got = run(other_model); });
    one.join();
    other.join();
    EXPECT_EQ(got, expected) << device;
    EXPECT_EQ(other_got, other_expected) << device;
  }
}

/// Several files, of which one is no sound.
class BatchFilesTest : public BatchTest {
 protected:
  BatchFilesTest() {
    for (const char* name :
         {"audio_tone.mp3", "no_such_file", "audio_tone.flac", "audio_tone.ogg"}) {
      FileJob job;
      job.path = std::string(TESSERA_SOURCE_DIR "/tests/data/") + name;
      job.options = quick_options();
      jobs_.push_back(job);
    }
  }

  std::vector<FileOutcome> run(int batch_size) {
    for (FileJob& job : jobs_) job.options.batch_size = batch_size;
    std::vector<FileOutcome> outcomes;
    std::vector<std::size_t> begun;
    FilesCallbacks callbacks;
    callbacks.on_begin = [&](std::size_t file) { begun.push_back(file); };
    callbacks.on_done = [&](std::size_t file, FileOutcome outcome) {
      EXPECT_EQ(begun.size(), file + 1);
      EXPECT_EQ(outcomes.size(), file);
      outcomes.push_back(std::move(outcome));
    };
    transcriber_.transcribe_files(jobs_, callbacks);
    EXPECT_EQ(outcomes.size(), jobs_.size());
    return outcomes;
  }

  static std::optional<ErrorCode> code(const FileOutcome& outcome) {
    if (outcome.error == nullptr) return std::nullopt;
    return code_of([&] { std::rethrow_exception(outcome.error); });
  }

  std::vector<FileJob> jobs_;
};

TEST_F(BatchFilesTest, ABadFileAmongGoodOnesFailsAlone) {
  for (const int batch_size : {0, 2, 8}) {
    const std::vector<FileOutcome> outcomes = run(batch_size);
    for (const std::size_t i : {0u, 2u, 3u}) {
      ASSERT_EQ(code(outcomes[i]), std::nullopt);
      const Result alone = transcriber_.transcribe_file(jobs_[i].path, quick_options());
      EXPECT_EQ(heard(outcomes[i].result), heard(alone));
      EXPECT_EQ(outcomes[i].result.duration_s, alone.duration_s);
    }
    EXPECT_EQ(code(outcomes[1]), ErrorCode::bad_file);
  }
}

TEST_F(BatchFilesTest, EachFileHasOptionsAndCallbacksOfItsOwn) {
  jobs_[0].options.task = Task::translate;
  jobs_[2].options.language = "klingon";
  std::stop_source stopped;
  stopped.request_stop();
  jobs_[3].callbacks.stop = stopped.get_token();
  jobs_.push_back(jobs_[0]);
  jobs_[4].callbacks.on_segment = [](const Segment&) { throw std::out_of_range("mine"); };
  jobs_.push_back(jobs_[0]);
  for (const int batch_size : {0, 3}) {
    const std::vector<FileOutcome> outcomes = run(batch_size);
    EXPECT_EQ(code(outcomes[0]), std::nullopt);
    EXPECT_EQ(code(outcomes[1]), ErrorCode::bad_file);
    EXPECT_EQ(code(outcomes[2]), ErrorCode::bad_argument);
    EXPECT_EQ(code(outcomes[3]), ErrorCode::cancelled);
    EXPECT_THROW(std::rethrow_exception(outcomes[4].error), std::out_of_range);
    EXPECT_EQ(heard(outcomes[5].result), heard(outcomes[0].result));
  }
}

TEST_F(BatchFilesTest, ManyShortFilesShareBatches) {
  jobs_.resize(1);
  jobs_.resize(40, jobs_.front());
  const std::vector<FileOutcome> outcomes = run(32);
  const std::vector<Heard> expected =
      heard(transcriber_.transcribe_file(jobs_[0].path, quick_options()));
  EXPECT_FALSE(expected.empty());
  for (const FileOutcome& outcome : outcomes) {
    ASSERT_EQ(code(outcome), std::nullopt);
    EXPECT_EQ(heard(outcome.result), expected);
  }
}

TEST_F(BatchFilesTest, AnExceptionOfTheCallersEndsAll) {
  for (const int batch_size : {0, 3}) {
    for (FileJob& job : jobs_) job.options.batch_size = batch_size;
    FilesCallbacks callbacks;
    callbacks.on_done = [](std::size_t, const FileOutcome&) { throw std::out_of_range("mine"); };
    EXPECT_THROW(transcriber_.transcribe_files(jobs_, callbacks), std::out_of_range);
    callbacks = {};
    callbacks.on_begin = [](std::size_t) { throw std::out_of_range("mine"); };
    EXPECT_THROW(transcriber_.transcribe_files(jobs_, callbacks), std::out_of_range);
  }
  EXPECT_EQ(code(run(3)[0]), std::nullopt);
}

TEST_F(BatchFilesTest, AllFilesHaveOneBatchSize) {
  jobs_[2].options.batch_size = 4;
  EXPECT_EQ(code_of([&] { transcriber_.transcribe_files(jobs_, {}); }), ErrorCode::bad_argument);
  transcriber_.transcribe_files({}, {});
}

}  // namespace
}  // namespace tessera
