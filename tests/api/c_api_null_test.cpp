// NULL in the place of every pointer of the C interface: a status, never a crash.
#include <gtest/gtest.h>

#include <string>

#include "tessera/tessera.h"
#include "tests/support/api.h"

namespace tessera {
namespace {

// Handles of every kind.
class CApiNullTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(tessera_cancel_token_create(&token_), TESSERA_OK);
    ASSERT_EQ(tessera_options_create(&options_), TESSERA_OK);
    ASSERT_EQ(tessera_model_load(test::kSmallModel, nullptr, &model_), TESSERA_OK);
    ASSERT_EQ(tessera_transcriber_create(model_, nullptr, &transcriber_), TESSERA_OK);
    ASSERT_EQ(tessera_transcribe_samples(transcriber_, nullptr, 0, nullptr, &result_), TESSERA_OK);
    ASSERT_EQ(tessera_list_languages(&list_), TESSERA_OK);
  }

  void TearDown() override {
    tessera_list_free(list_);
    tessera_result_free(result_);
    tessera_transcriber_free(transcriber_);
    tessera_model_free(model_);
    tessera_options_free(options_);
    tessera_cancel_token_free(token_);
  }

  static void refused(tessera_status status, const std::string& name) {
    EXPECT_EQ(status, TESSERA_BAD_ARGUMENT) << name;
    EXPECT_EQ(tessera_last_error(), name + ": expected a pointer, got NULL");
  }

  tessera_cancel_token* token_ = nullptr;
  tessera_options* options_ = nullptr;
  tessera_model* model_ = nullptr;
  tessera_transcriber* transcriber_ = nullptr;
  tessera_result* result_ = nullptr;
  tessera_list* list_ = nullptr;
  const char* text_ = nullptr;
  char* owned_text_ = nullptr;
  size_t count_ = 0;
  int number_ = 0;
  double real_ = 0;
};

TEST_F(CApiNullTest, FreesNothing) {
  tessera_string_free(nullptr);
  tessera_list_free(nullptr);
  tessera_result_free(nullptr);
  tessera_transcriber_free(nullptr);
  tessera_model_free(nullptr);
  tessera_options_free(nullptr);
  tessera_cancel_token_free(nullptr);
}

TEST_F(CApiNullTest, Options) {
  tessera_option_type type = TESSERA_OPTION_INT;
  refused(tessera_cancel_token_create(nullptr), "token");
  refused(tessera_cancel(nullptr), "token");
  refused(tessera_options_create(nullptr), "options");
  refused(tessera_option_count(nullptr), "count");
  refused(tessera_option_at(0, nullptr, &type), "name");
  refused(tessera_option_at(0, &text_, nullptr), "type");
  refused(tessera_options_set_string(nullptr, "language", "en"), "options");
  refused(tessera_options_set_string(options_, nullptr, "en"), "name");
  refused(tessera_options_set_string(options_, "language", nullptr), "value");
  refused(tessera_options_set_int(nullptr, "beam_size", 1), "options");
  refused(tessera_options_set_int(options_, nullptr, 1), "name");
  refused(tessera_options_set_double(nullptr, "patience", 1), "options");
  refused(tessera_options_set_double(options_, nullptr, 1), "name");
  refused(tessera_options_set_bool(nullptr, "timestamps", 1), "options");
  refused(tessera_options_set_bool(options_, nullptr, 1), "name");
  refused(tessera_options_set_double_list(nullptr, "temperatures", &real_, 1), "options");
  refused(tessera_options_set_double_list(options_, nullptr, &real_, 1), "name");
  refused(tessera_options_set_double_list(options_, "temperatures", nullptr, 1), "values");
  refused(tessera_options_unset(nullptr, "logprob_threshold"), "options");
  refused(tessera_options_unset(options_, nullptr), "name");
  refused(tessera_options_on_language(nullptr, nullptr, nullptr), "options");
  refused(tessera_options_on_segment(nullptr, nullptr, nullptr), "options");
  refused(tessera_options_on_window(nullptr, nullptr, nullptr), "options");
  refused(tessera_options_on_progress(nullptr, nullptr, nullptr), "options");
  refused(tessera_options_set_cancel_token(nullptr, token_), "options");
}

TEST_F(CApiNullTest, Models) {
  tessera_model* model = model_;
  refused(tessera_model_load(nullptr, nullptr, &model), "name");
  EXPECT_EQ(model, nullptr);
  refused(tessera_model_load("", nullptr, nullptr), "model");
  refused(tessera_model_name(nullptr, &text_), "model");
  refused(tessera_model_name(model_, nullptr), "name");
  refused(tessera_model_describe(nullptr, &text_), "model");
  refused(tessera_model_describe(model_, nullptr), "description");
  refused(tessera_model_is_multilingual(nullptr, &number_), "model");
  refused(tessera_model_is_multilingual(model_, nullptr), "is_multilingual");
  refused(tessera_model_vocabulary_size(nullptr, &number_), "model");
  refused(tessera_model_vocabulary_size(model_, nullptr), "tokens");
  refused(tessera_convert(nullptr, "x", nullptr), "name");
  refused(tessera_convert("x", nullptr, nullptr), "directory");
  refused(tessera_download(nullptr, nullptr, &owned_text_), "name");
  refused(tessera_download("tiny", nullptr, nullptr), "path");
}

TEST_F(CApiNullTest, Transcribers) {
  tessera_transcriber* transcriber = transcriber_;
  tessera_result* result = result_;
  const float sample = 0;
  refused(tessera_transcriber_create(nullptr, nullptr, &transcriber), "model");
  EXPECT_EQ(transcriber, nullptr);
  refused(tessera_transcriber_create(model_, nullptr, nullptr), "transcriber");
  refused(tessera_transcriber_describe(nullptr, &text_), "transcriber");
  refused(tessera_transcriber_describe(transcriber_, nullptr), "description");
  refused(tessera_transcribe_file(nullptr, "x", nullptr, &result), "transcriber");
  EXPECT_EQ(result, nullptr);
  refused(tessera_transcribe_file(transcriber_, nullptr, nullptr, &result), "path");
  refused(tessera_transcribe_file(transcriber_, "x", nullptr, nullptr), "result");
  refused(tessera_transcribe_memory(nullptr, "x", 1, "x", nullptr, &result), "transcriber");
  refused(tessera_transcribe_memory(transcriber_, nullptr, 1, "x", nullptr, &result), "file");
  refused(tessera_transcribe_memory(transcriber_, "x", 1, nullptr, nullptr, &result), "name");
  refused(tessera_transcribe_memory(transcriber_, "x", 1, "x", nullptr, nullptr), "result");
  refused(tessera_transcribe_samples(nullptr, &sample, 1, nullptr, &result), "transcriber");
  refused(tessera_transcribe_samples(transcriber_, nullptr, 1, nullptr, &result), "samples");
  refused(tessera_transcribe_samples(transcriber_, &sample, 1, nullptr, nullptr), "result");
  refused(tessera_detect_language(nullptr, "x", nullptr, &owned_text_, &real_), "transcriber");
  refused(tessera_detect_language(transcriber_, nullptr, nullptr, &owned_text_, &real_), "path");
  refused(tessera_detect_language(transcriber_, "x", nullptr, nullptr, &real_), "code");
  refused(tessera_channel_count(nullptr, &number_), "path");
  refused(tessera_channel_count("x", nullptr), "channels");
}

TEST_F(CApiNullTest, Results) {
  const tessera_stage_seconds* seconds = nullptr;
  const tessera_segment* segment = nullptr;
  const tessera_left_out* left_out = nullptr;
  refused(tessera_result_text(nullptr, &text_, &count_), "result");
  refused(tessera_result_text(result_, nullptr, &count_), "text");
  refused(tessera_result_language(nullptr, &text_, &real_), "result");
  refused(tessera_result_language(result_, nullptr, &real_), "code");
  EXPECT_EQ(tessera_result_language(result_, &text_, nullptr), TESSERA_OK);
  refused(tessera_result_duration(nullptr, &real_), "result");
  refused(tessera_result_duration(result_, nullptr), "duration_s");
  refused(tessera_result_has_words(nullptr, &number_), "result");
  refused(tessera_result_has_words(result_, nullptr), "has_words");
  refused(tessera_result_stage_seconds(nullptr, &seconds), "result");
  refused(tessera_result_stage_seconds(result_, nullptr), "seconds");
  refused(tessera_result_segment_count(nullptr, &count_), "result");
  refused(tessera_result_segment_count(result_, nullptr), "count");
  refused(tessera_result_segment(nullptr, 0, &segment), "result");
  refused(tessera_result_segment(result_, 0, nullptr), "segment");
  refused(tessera_result_left_out_count(nullptr, &count_), "result");
  refused(tessera_result_left_out_count(result_, nullptr), "count");
  refused(tessera_result_left_out(nullptr, 0, &left_out), "result");
  refused(tessera_result_left_out(result_, 0, nullptr), "left_out");
  refused(tessera_result_warning_count(nullptr, &count_), "result");
  refused(tessera_result_warning_count(result_, nullptr), "count");
  refused(tessera_result_warning(nullptr, 0, &text_), "result");
  refused(tessera_result_warning(result_, 0, nullptr), "warning");
  refused(tessera_result_save(nullptr, "srt", "x", nullptr), "result");
  refused(tessera_result_save(result_, nullptr, "x", nullptr), "format");
  refused(tessera_result_save(result_, "srt", nullptr, nullptr), "path");
  refused(tessera_result_write(nullptr, "srt", nullptr, &owned_text_, &count_), "result");
  refused(tessera_result_write(result_, nullptr, nullptr, &owned_text_, &count_), "format");
  refused(tessera_result_write(result_, "srt", nullptr, nullptr, &count_), "text");
}

TEST_F(CApiNullTest, Lists) {
  const tessera_list_item* item = nullptr;
  refused(tessera_list_devices(nullptr), "list");
  refused(tessera_list_models(nullptr, nullptr), "list");
  refused(tessera_list_downloadable_models(nullptr), "list");
  refused(tessera_list_languages(nullptr), "list");
  refused(tessera_list_formats(nullptr), "list");
  refused(tessera_list_count(nullptr, &count_), "list");
  refused(tessera_list_count(list_, nullptr), "count");
  refused(tessera_list_item_at(nullptr, 0, &item), "list");
  refused(tessera_list_item_at(list_, 0, nullptr), "item");
}

}  // namespace
}  // namespace tessera
