// Windows of one recording decoded in batches: the same text as one after the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tessera/transcriber.h"
#include "tests/support/batches.h"

namespace tessera {
namespace {

using test::heard;
using test::Heard;
using test::quick_options;

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

class BatchTest : public test::BatchFixture {
 protected:
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

}  // namespace
}  // namespace tessera
