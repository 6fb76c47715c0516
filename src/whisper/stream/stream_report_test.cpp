#include "src/whisper/stream/stream_report.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace tessera::whisper {
namespace {

using testing::ElementsAre;

class StreamReportTest : public ::testing::Test {
 protected:
  StreamReportTest() {
    const auto note = [this](const char* event) {
      return [this, event](const StreamText& text) { events_.push_back(event + text.text); };
    };
    callbacks_.on_partial = note("partial");
    callbacks_.on_final = note("final");
    callbacks_.on_segment = note("segment");
    callbacks_.on_endpoint = [this](double at_s) {
      events_.push_back("endpoint " + std::to_string(static_cast<int>(at_s)));
    };
  }

  static HeardWord word(const std::string& text, bool begins = false, double start_s = 0) {
    return {{" " + text, start_s, start_s + 1, 1}, text, begins};
  }

  StreamCallbacks callbacks_;
  StreamReport report_{callbacks_};
  std::vector<std::string> events_;
};

TEST_F(StreamReportTest, SegmentEndsWhenTheNextBegins) {
  report_.add_final(std::vector{word("a", true), word("b")});
  report_.add_final(std::vector{word("c"), word("d", true)});
  EXPECT_THAT(events_, ElementsAre("final a b", "final c d", "segment a b c"));
  report_.end_utterance(7);
  EXPECT_THAT(events_,
              ElementsAre("final a b", "final c d", "segment a b c", "segment d", "endpoint 7"));
}

TEST_F(StreamReportTest, UtteranceEndsItsSegment) {
  report_.add_final(std::vector{word("a", true)});
  report_.end_utterance(1);
  report_.add_final(std::vector{word("b")});  // that begins none: the next utterance does
  report_.end_utterance(2);
  EXPECT_THAT(events_, ElementsAre("final a", "segment a", "endpoint 1", "final b", "segment b",
                                   "endpoint 2"));
}

TEST_F(StreamReportTest, NothingIsToldOfNoWords) {
  report_.add_final({});
  report_.set_partial({});
  report_.end_utterance(1);
  EXPECT_TRUE(events_.empty());
}

TEST_F(StreamReportTest, PartialIsToldWhenItChanges) {
  report_.set_partial(std::vector{word("a")});
  report_.set_partial(std::vector{word("a")});
  report_.set_partial(std::vector{word("b")});
  report_.end_utterance(1);
  EXPECT_THAT(events_, ElementsAre("partial a", "partial b", "partial"));
}

TEST_F(StreamReportTest, TimesAreThoseOfTheWords) {
  StreamText told;
  callbacks_.on_final = [&](const StreamText& text) { told = text; };
  report_.add_final(std::vector{word("a", true, 3), word("b", false, 5)});
  EXPECT_EQ(told.start_s, 3);
  EXPECT_EQ(told.end_s, 6);
  EXPECT_EQ(told.words.size(), 2u);
}

TEST_F(StreamReportTest, CallbacksMayBeEmpty) {
  callbacks_ = {};
  report_.add_final(std::vector{word("a", true), word("b", true)});
  report_.set_partial(std::vector{word("c")});
  report_.end_utterance(1);
}

}  // namespace
}  // namespace tessera::whisper
