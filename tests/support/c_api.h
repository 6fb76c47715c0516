// What the tests of the C interface share: handles that free themselves, and a small model with the
// samples to transcribe.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tessera/tessera.h"
#include "tessera/transcriber.h"
#include "tests/support/api.h"

namespace tessera::test {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using ModelHandle = std::unique_ptr<tessera_model, Freed<tessera_model_free>>;
using OptionsHandle = std::unique_ptr<tessera_options, Freed<tessera_options_free>>;
using TranscriberHandle = std::unique_ptr<tessera_transcriber, Freed<tessera_transcriber_free>>;
using ResultHandle = std::unique_ptr<tessera_result, Freed<tessera_result_free>>;
using ListHandle = std::unique_ptr<tessera_list, Freed<tessera_list_free>>;
using TokenHandle = std::unique_ptr<tessera_cancel_token, Freed<tessera_cancel_token_free>>;
using TextHandle = std::unique_ptr<char, Freed<tessera_string_free>>;

// Two windows of a small model.
class CApiTest : public testing::Test {
 protected:
  static constexpr double kSeconds = 35;

  void SetUp() override {
    tessera_options* options = nullptr;
    ASSERT_EQ(tessera_options_create(&options), TESSERA_OK);
    options_.reset(options);
    tessera_model* model = nullptr;
    ASSERT_EQ(tessera_model_load(kSmallModel, options, &model), TESSERA_OK);
    const ModelHandle freed_at_once(model);
    ASSERT_EQ(tessera_options_set_string(options, "device", "cpu"), TESSERA_OK);
    ASSERT_EQ(tessera_options_set_string(options, "precision", "f32"), TESSERA_OK);
    tessera_transcriber* transcriber = nullptr;
    ASSERT_EQ(tessera_transcriber_create(model, options, &transcriber), TESSERA_OK);
    transcriber_.reset(transcriber);
    choose_quick_options();
  }

  // Those of quick_options().
  void choose_quick_options() {
    tessera_options* options = options_.get();
    const double temperatures[] = {0};
    ASSERT_EQ(tessera_options_set_string(options, "language", "en"), TESSERA_OK);
    ASSERT_EQ(tessera_options_set_int(options, "max_tokens", 5), TESSERA_OK);
    ASSERT_EQ(tessera_options_set_int(options, "beam_size", 1), TESSERA_OK);
    ASSERT_EQ(tessera_options_set_double_list(options, "temperatures", temperatures, 1),
              TESSERA_OK);
    ASSERT_EQ(tessera_options_set_bool(options, "timestamps", 0), TESSERA_OK);
    ASSERT_EQ(tessera_options_unset(options, "no_speech_threshold"), TESSERA_OK);
  }

  tessera_status transcribe(ResultHandle& result) {
    auto* made = reinterpret_cast<tessera_result*>(this);  // must be overwritten
    const tessera_status status = tessera_transcribe_samples(
        transcriber_.get(), samples_.data(), samples_.size(), options_.get(), &made);
    EXPECT_EQ(made == nullptr, status != TESSERA_OK);
    result.reset(made);
    return status;
  }

  // What C++ gives for the same, and that C still gives it.
  Result expected() {
    Transcriber transcriber(Model::load(kSmallModel), {.device = "cpu", .precision = "f32"});
    return transcriber.transcribe_samples(samples_, quick_options());
  }

  void expect_works() {
    ResultHandle result;
    ASSERT_EQ(transcribe(result), TESSERA_OK) << tessera_last_error();
    const char* text = nullptr;
    ASSERT_EQ(tessera_result_text(result.get(), &text, nullptr), TESSERA_OK);
    EXPECT_EQ(text, expected().text);
  }

  void expect_fails(tessera_status status, const std::string& message) {
    ResultHandle result;
    EXPECT_EQ(transcribe(result), status);
    EXPECT_THAT(tessera_last_error(), testing::HasSubstr(message));
  }

  OptionsHandle options_;
  TranscriberHandle transcriber_;
  std::vector<float> samples_ = tone(kSeconds);
};

}  // namespace tessera::test
