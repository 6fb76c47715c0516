// What the C interface calls back, and how a callback ends a transcription.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <thread>

#include "tests/support/c_api.h"

namespace tessera::test {
namespace {

class CApiCallbacksTest : public CApiTest {};

struct Seen {
  std::string language;
  std::vector<std::string> texts;
  std::vector<double> done;
  int windows = 0;
};

TEST_F(CApiCallbacksTest, CallsBack) {
  Seen seen;
  tessera_options* options = options_.get();
  tessera_options_on_language(
      options,
      [](const char* code, double probability, void* user) {
        static_cast<Seen*>(user)->language = code + std::to_string(probability);
        return 0;
      },
      &seen);
  tessera_options_on_segment(
      options,
      [](const tessera_segment* segment, void* user) {
        static_cast<Seen*>(user)->texts.emplace_back(segment->text);
        return 0;
      },
      &seen);
  tessera_options_on_window(
      options,
      [](const tessera_window* window, void* user) {
        static_cast<Seen*>(user)->windows += static_cast<int>(window->attempt_count);
        return 0;
      },
      &seen);
  tessera_options_on_progress(
      options,
      [](double done, double total, void* user) {
        EXPECT_DOUBLE_EQ(total, kSeconds);
        static_cast<Seen*>(user)->done.push_back(done);
        return 0;
      },
      &seen);
  ResultHandle result;
  ASSERT_EQ(transcribe(result), TESSERA_OK);
  EXPECT_EQ(seen.language, "en1.000000");
  std::vector<std::string> wanted;
  for (const Segment& segment : expected().segments) wanted.push_back(segment.text);
  EXPECT_EQ(seen.texts, wanted);
  EXPECT_EQ(seen.windows, 2);
  EXPECT_EQ(seen.done, (std::vector<double>{0, 30, 35}));
}

TEST_F(CApiCallbacksTest, EachCallbackCancels) {
  tessera_options* options = options_.get();
  int calls = 0;
  const auto count = [](void* user) { return ++*static_cast<int*>(user); };  // not zero
  static const auto kCount = count;
  tessera_options_on_language(
      options, [](const char*, double, void* user) { return kCount(user); }, &calls);
  expect_fails(TESSERA_CANCELLED, "by the language callback");
  tessera_options_on_language(options, nullptr, nullptr);
  tessera_options_on_window(
      options, [](const tessera_window*, void* user) { return kCount(user); }, &calls);
  expect_fails(TESSERA_CANCELLED, "by the window callback");
  tessera_options_on_window(options, nullptr, nullptr);
  tessera_options_on_segment(
      options, [](const tessera_segment*, void* user) { return kCount(user); }, &calls);
  expect_fails(TESSERA_CANCELLED, "by the segment callback");
  tessera_options_on_segment(options, nullptr, nullptr);
  tessera_options_on_progress(
      options, [](double, double, void* user) { return kCount(user); }, &calls);
  expect_fails(TESSERA_CANCELLED, "by the progress callback");
  tessera_options_on_progress(options, nullptr, nullptr);
  EXPECT_EQ(calls, 4);
  expect_works();
}

TEST_F(CApiCallbacksTest, ATokenCancelsFromAnotherThread) {
  tessera_cancel_token* token = nullptr;
  ASSERT_EQ(tessera_cancel_token_create(&token), TESSERA_OK);
  const TokenHandle owned(token);
  tessera_options_set_cancel_token(options_.get(), token);
  tessera_options_on_segment(
      options_.get(),
      [](const tessera_segment* segment, void* user) {
        EXPECT_EQ(segment->id, 0) << "went on after it had been asked to stop";
        std::thread([=] { tessera_cancel(static_cast<tessera_cancel_token*>(user)); }).join();
        return 0;
      },
      token);
  expect_fails(TESSERA_CANCELLED, "cancelled");
  expect_fails(TESSERA_CANCELLED, "cancelled");  // before it starts
  tessera_options_on_segment(options_.get(), nullptr, nullptr);
  tessera_options_set_cancel_token(options_.get(), nullptr);
  expect_works();
}

TEST_F(CApiCallbacksTest, NoExceptionLeaves) {
  const auto failing = [this](tessera_segment_callback callback) {
    tessera_options_on_segment(options_.get(), callback, nullptr);
  };
  failing([](const tessera_segment*, void*) -> int { throw std::out_of_range("mine"); });
  expect_fails(TESSERA_INTERNAL, "mine");
  failing([](const tessera_segment*, void*) -> int { throw 42; });  // NOLINT: any type may come
  expect_fails(TESSERA_INTERNAL, "no std::exception");
  failing([](const tessera_segment*, void*) -> int { throw std::bad_alloc(); });
  expect_fails(TESSERA_OUT_OF_MEMORY, "not enough memory");
  failing(nullptr);
  expect_works();
}

TEST_F(CApiCallbacksTest, OneTranscriptionAtATimeAndOptionsAreCopied) {
  struct Both {
    tessera_transcriber* transcriber;
    OptionsHandle* options;
    int refused;
  } both{transcriber_.get(), &options_, 0};
  tessera_options_on_segment(
      options_.get(),
      [](const tessera_segment*, void* user) {
        auto& own = *static_cast<Both*>(user);
        own.options->reset();
        tessera_result* result = nullptr;
        const float silence[160] = {};
        if (tessera_transcribe_samples(own.transcriber, silence, 160, nullptr, &result) ==
            TESSERA_BAD_ARGUMENT) {
          ++own.refused;
        }
        return 0;
      },
      &both);
  ResultHandle result;
  EXPECT_EQ(transcribe(result), TESSERA_OK) << tessera_last_error();
  EXPECT_EQ(both.refused, 2);
}

}  // namespace
}  // namespace tessera::test
