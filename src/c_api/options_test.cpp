// tessera_options and tessera_cancel_token.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "src/c_api/callbacks.h"
#include "src/c_api/handles.h"
#include "tessera/error.h"
#include "tessera/tessera.h"

namespace tessera::c_api {
namespace {

using testing::ElementsAre;

class OptionsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(tessera_options_create(&options_), TESSERA_OK); }
  void TearDown() override { tessera_options_free(options_); }

  static void expect_refused(tessera_status status, const std::string& message) {
    EXPECT_EQ(status, TESSERA_BAD_ARGUMENT);
    EXPECT_EQ(tessera_last_error(), message);
  }

  tessera_options* options_ = nullptr;
};

TEST_F(OptionsTest, SetsEachTypeByName) {
  EXPECT_EQ(tessera_options_set_string(options_, "initial_prompt", "Ärger"), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_string(options_, "task", "translate"), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_int(options_, "beam_size", 7), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_int(options_, "seed", INT64_MAX), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_int(options_, "max_line_width", 42), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_double(options_, "patience", 1.5), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_double(options_, "length_penalty", 0.25), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_bool(options_, "suppress_blank", 0), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_bool(options_, "overwrite", -3), TESSERA_OK);
  const double clips[] = {1.5, 2, 8};
  EXPECT_EQ(tessera_options_set_double_list(options_, "clip_timestamps_s", clips, 3), TESSERA_OK);
  EXPECT_EQ(tessera_options_set_string(options_, "device", "reference"), TESSERA_OK);
  EXPECT_EQ(options_->transcription.initial_prompt, "Ärger");
  EXPECT_EQ(options_->transcription.task, Task::translate);
  EXPECT_EQ(options_->transcription.beam_size, 7);
  EXPECT_EQ(options_->transcription.seed, static_cast<std::uint64_t>(INT64_MAX));
  EXPECT_EQ(options_->layout.max_line_width, 42);
  EXPECT_EQ(options_->transcription.patience, 1.5);
  EXPECT_EQ(options_->transcription.length_penalty, 0.25);
  EXPECT_FALSE(options_->transcription.suppress_blank);
  EXPECT_TRUE(options_->convert.overwrite);
  EXPECT_THAT(options_->transcription.clip_timestamps_s, ElementsAre(1.5, 2, 8));
  EXPECT_EQ(options_->device.device, "reference");
  EXPECT_EQ(tessera_options_set_double_list(options_, "clip_timestamps_s", nullptr, 0), TESSERA_OK);
  EXPECT_THAT(options_->transcription.clip_timestamps_s, ElementsAre());
}

TEST_F(OptionsTest, EveryOptionTakesItsTypeAndNoOther) {
  size_t count = 0;
  ASSERT_EQ(tessera_option_count(&count), TESSERA_OK);
  EXPECT_GE(count, 48u);
  const double list[] = {0.5};
  for (size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    tessera_option_type type = TESSERA_OPTION_BOOL;
    ASSERT_EQ(tessera_option_at(i, &name, &type), TESSERA_OK);
    const char* text = std::string(name) == "task" ? "translate" : "x";
    const tessera_status statuses[] = {tessera_options_set_string(options_, name, text),
                                       tessera_options_set_int(options_, name, 1),
                                       tessera_options_set_double(options_, name, 0.5),
                                       tessera_options_set_bool(options_, name, 1),
                                       tessera_options_set_double_list(options_, name, list, 1)};
    for (int kind = 0; kind < 5; ++kind) {
      EXPECT_EQ(statuses[kind], kind == type ? TESSERA_OK : TESSERA_BAD_ARGUMENT)
          << name << " set as type " << kind;
    }
  }
  const char* name = "";
  tessera_option_type type = TESSERA_OPTION_BOOL;
  const std::string number = std::to_string(count);
  expect_refused(tessera_option_at(count, &name, &type),
                 "index: expected less than " + number + ", got " + number);
  EXPECT_EQ(name, nullptr);
}

TEST_F(OptionsTest, SaysWhatIsWrongAndChangesNothing) {
  expect_refused(tessera_options_set_int(options_, "beam-size", 3),
                 "no option is called 'beam-size'");
  expect_refused(tessera_options_set_double(options_, "beam_size", 3),
                 "beam_size: expected an int, got a double");
  expect_refused(tessera_options_set_int(options_, "beam_size", 1LL << 31),
                 "beam_size: expected -2147483648 to 2147483647, got 2147483648");
  expect_refused(tessera_options_set_int(options_, "seed", -1),
                 "seed: expected 0 to 18446744073709551615, got -1");
  expect_refused(tessera_options_set_string(options_, "task", "sing"),
                 "task: expected transcribe or translate, got 'sing'");
  expect_refused(tessera_options_unset(options_, "beam_size"),
                 "beam_size: cannot be without a value");
  EXPECT_EQ(options_->transcription.beam_size, Options().beam_size);
  EXPECT_EQ(options_->transcription.seed, Options().seed);
  EXPECT_EQ(options_->transcription.task, Options().task);
}

TEST_F(OptionsTest, UnsetsThresholds) {
  EXPECT_TRUE(options_->transcription.no_speech_threshold.has_value());
  EXPECT_EQ(tessera_options_unset(options_, "no_speech_threshold"), TESSERA_OK);
  EXPECT_FALSE(options_->transcription.no_speech_threshold.has_value());
  EXPECT_EQ(tessera_options_set_int(options_, "max_line_count", 2), TESSERA_OK);
  EXPECT_EQ(tessera_options_unset(options_, "max_line_count"), TESSERA_OK);
  EXPECT_FALSE(options_->layout.max_line_count.has_value());
}

TEST_F(OptionsTest, TheTokenOutlivesItsHandle) {
  tessera_cancel_token* token = nullptr;
  ASSERT_EQ(tessera_cancel_token_create(&token), TESSERA_OK);
  ASSERT_EQ(tessera_options_set_cancel_token(options_, token), TESSERA_OK);
  EXPECT_FALSE(options_->stop.stop_requested());
  EXPECT_EQ(tessera_cancel(token), TESSERA_OK);
  EXPECT_EQ(tessera_cancel(token), TESSERA_OK);
  tessera_cancel_token_free(token);
  EXPECT_TRUE(options_->stop.stop_requested());
  EXPECT_EQ(tessera_options_set_cancel_token(options_, nullptr), TESSERA_OK);
  EXPECT_FALSE(options_->stop.stop_requested());
}

// What a window's report looks like from C, and what the callback's answer does.
TEST_F(OptionsTest, ReportsWindows) {
  struct Seen {
    int answer = 0;
    std::string text;
  } seen;
  const tessera_window_callback callback = [](const tessera_window* window, void* user) {
    auto& own = *static_cast<Seen*>(user);
    for (size_t i = 0; i < window->attempt_count; ++i) {
      const tessera_window_attempt& attempt = *window->attempts[i];
      own.text += std::to_string(attempt.temperature) + (attempt.too_repetitive ? "R" : "") +
                  (attempt.too_unlikely ? "U" : "") + " ";
    }
    own.text += std::to_string(window->seek_frames) + "+" + std::to_string(window->frames) + ">" +
                std::to_string(window->next_frames) + (window->silence ? " silence" : "") + " -" +
                std::to_string(window->dropped_segments);
    return own.answer;
  };
  ASSERT_EQ(tessera_options_on_window(options_, callback, &seen), TESSERA_OK);
  const WindowReport report{
      .seek_frames = 3000,
      .frames = 2500,
      .attempts = {{0.0, -0.5, 3.0, true, false}, {0.5, -2.0, 1, false, true}},
      .no_speech_prob = 0.7,
      .silence = true,
      .next_frames = 5500,
      .dropped_segments = 2};
  transcription_callbacks(*options_).on_window(report);
  EXPECT_EQ(seen.text, "0.000000R 0.500000U 3000+2500>5500 silence -2");
  seen.answer = 1;
  try {
    transcription_callbacks(*options_).on_window(report);
    ADD_FAILURE() << "not cancelled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
    EXPECT_STREQ(error.what(), "cancelled by the window callback");
  }
  ASSERT_EQ(tessera_options_on_window(options_, nullptr, nullptr), TESSERA_OK);
  EXPECT_FALSE(transcription_callbacks(*options_).on_window);
}

}  // namespace
}  // namespace tessera::c_api
