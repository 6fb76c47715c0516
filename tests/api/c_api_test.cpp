// The C interface, compared with the C++ one.
#include "tessera/tessera.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tessera/info.h"
#include "tessera/transcriber.h"
#include "tessera/writers.h"
#include "tests/support/c_api.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST_F(CApiTest, GivesWhatCppGives) {
  ResultHandle result;
  ASSERT_EQ(transcribe(result), TESSERA_OK) << tessera_last_error();
  const Result wanted = expected();
  const char* text = nullptr;
  size_t bytes = 0;
  ASSERT_EQ(tessera_result_text(result.get(), &text, &bytes), TESSERA_OK);
  EXPECT_EQ(std::string(text, bytes), wanted.text);
  const char* language = nullptr;
  double number = 0;
  ASSERT_EQ(tessera_result_language(result.get(), &language, &number), TESSERA_OK);
  EXPECT_STREQ(language, "en");
  EXPECT_EQ(number, 1);
  ASSERT_EQ(tessera_result_duration(result.get(), &number), TESSERA_OK);
  EXPECT_DOUBLE_EQ(number, kSeconds);
  const tessera_stage_seconds* seconds = nullptr;
  ASSERT_EQ(tessera_result_stage_seconds(result.get(), &seconds), TESSERA_OK);
  EXPECT_GT(seconds->encode, 0);
  int has_words = -1;
  ASSERT_EQ(tessera_result_has_words(result.get(), &has_words), TESSERA_OK);
  EXPECT_EQ(has_words, 0);

  size_t count = 0;
  ASSERT_EQ(tessera_result_segment_count(result.get(), &count), TESSERA_OK);
  ASSERT_EQ(count, wanted.segments.size());
  ASSERT_EQ(count, 2u);
  for (size_t i = 0; i < count; ++i) {
    const tessera_segment* segment = nullptr;
    ASSERT_EQ(tessera_result_segment(result.get(), i, &segment), TESSERA_OK);
    EXPECT_EQ(segment->text, wanted.segments[i].text);
    EXPECT_EQ(std::vector<int>(segment->tokens, segment->tokens + segment->token_count),
              wanted.segments[i].tokens);
    EXPECT_EQ(segment->avg_logprob, wanted.segments[i].avg_logprob);
  }
  const tessera_segment* none = nullptr;
  EXPECT_EQ(tessera_result_segment(result.get(), count, &none), TESSERA_BAD_ARGUMENT);
}

TEST_F(CApiTest, WritesEveryFormat) {
  ResultHandle result;
  ASSERT_EQ(transcribe(result), TESSERA_OK);
  const Result transcript = expected();
  const fs::path path = fs::path(testing::TempDir()) / "c_api_saved";
  for (const OutputFormat format : output_formats()) {
    const char* name = output_format_name(format);
    char* text = nullptr;
    size_t bytes = 0;
    ASSERT_EQ(tessera_result_write(result.get(), name, nullptr, &text, &bytes), TESSERA_OK) << name;
    const TextHandle owned(text);
    EXPECT_EQ(std::string(text).size(), bytes);
    if (format != OutputFormat::wcpp_json) {  // which also tells about the run
      std::ostringstream wanted;
      write_result(transcript, format, wanted);
      EXPECT_EQ(text, wanted.str()) << name;
    }
    ASSERT_EQ(tessera_result_save(result.get(), name, path.c_str(), nullptr), TESSERA_OK);
    std::ifstream file(path, std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text) << name;
  }
  fs::remove(path);
}

TEST_F(CApiTest, SaysWhyItCannotWrite) {
  ResultHandle result;
  ASSERT_EQ(transcribe(result), TESSERA_OK);
  char* text = nullptr;
  for (const char* format : {"srt,txt", "all", "doc", ""}) {
    EXPECT_EQ(tessera_result_write(result.get(), format, nullptr, &text, nullptr),
              TESSERA_BAD_ARGUMENT)
        << format;
    EXPECT_EQ(text, nullptr);
  }
  ASSERT_EQ(tessera_options_set_int(options_.get(), "max_line_width", 40), TESSERA_OK);
  EXPECT_EQ(tessera_result_write(result.get(), "srt", options_.get(), &text, nullptr),
            TESSERA_BAD_ARGUMENT)
      << "a layout of words, of which there are none";
  EXPECT_EQ(tessera_result_save(result.get(), "srt", "/no/such/folder/x.srt", nullptr),
            TESSERA_BAD_FILE);
}

TEST_F(CApiTest, ProvokedErrorsHaveTheirStatus) {
  tessera_result* result = nullptr;
  tessera_options_set_int(options_.get(), "beam_size", 1000);
  expect_fails(TESSERA_BAD_ARGUMENT, "beam_size");
  tessera_options_set_int(options_.get(), "beam_size", 1);
  EXPECT_EQ(tessera_transcribe_file(transcriber_.get(), "no-such-file.wav", nullptr, &result),
            TESSERA_BAD_FILE);
  EXPECT_EQ(tessera_transcribe_memory(transcriber_.get(), nullptr, 0, "empty", nullptr, &result),
            TESSERA_BAD_FILE);
  EXPECT_EQ(tessera_transcribe_samples(transcriber_.get(), samples_.data(), SIZE_MAX / 2, nullptr,
                                       &result),
            TESSERA_BAD_ARGUMENT);
  tessera_model* model = nullptr;
  EXPECT_EQ(tessera_model_load("no-such-model", nullptr, &model), TESSERA_BAD_ARGUMENT);
  ASSERT_EQ(tessera_model_load(test::kSmallModel, nullptr, &model), TESSERA_OK);
  const ModelHandle owned(model);
  tessera_options_set_string(options_.get(), "device", "reference");
  tessera_options_set_string(options_.get(), "precision", "int8");
  tessera_transcriber* transcriber = nullptr;
  EXPECT_EQ(tessera_transcriber_create(model, options_.get(), &transcriber), TESSERA_UNSUPPORTED);
  EXPECT_EQ(transcriber, nullptr);
  expect_works();
}

TEST_F(CApiTest, TranscribesTheSampleOfTheModelThatShips) {
  const std::string folder = TESSERA_SOURCE_DIR "/models/pebble";
  tessera_options_set_string(options_.get(), "model_dir", TESSERA_SOURCE_DIR "/models");
  tessera_model* model = nullptr;
  ASSERT_EQ(tessera_model_load("pebble", options_.get(), &model), TESSERA_OK);
  const ModelHandle owned_model(model);
  tessera_transcriber* transcriber = nullptr;
  ASSERT_EQ(tessera_transcriber_create(model, nullptr, &transcriber), TESSERA_OK);
  const TranscriberHandle owned_transcriber(transcriber);
  std::ifstream file(folder + "/sample.wav", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  tessera_options_set_int(options_.get(), "max_tokens", 0);
  tessera_result* result = nullptr;
  ASSERT_EQ(tessera_transcribe_memory(transcriber, bytes.data(), bytes.size(), "sample.wav",
                                      options_.get(), &result),
            TESSERA_OK)
      << tessera_last_error();
  const ResultHandle owned_result(result);
  const char* text = nullptr;
  ASSERT_EQ(tessera_result_text(result, &text, nullptr), TESSERA_OK);
  std::string words;
  std::ifstream words_file(folder + "/sample.txt");
  std::getline(words_file, words);
  EXPECT_EQ(text, " " + words);
}

TEST_F(CApiTest, DescribesModelsAndRecordings) {
  tessera_model* model = nullptr;
  ASSERT_EQ(tessera_model_load(test::kSmallModel, nullptr, &model), TESSERA_OK);
  const ModelHandle owned(model);
  const char* text = nullptr;
  ASSERT_EQ(tessera_model_name(model, &text), TESSERA_OK);
  EXPECT_STREQ(text, test::kSmallModel);
  ASSERT_EQ(tessera_model_describe(model, &text), TESSERA_OK);
  EXPECT_THAT(text, HasSubstr("width 64"));
  int number = 0;
  ASSERT_EQ(tessera_model_is_multilingual(model, &number), TESSERA_OK);
  EXPECT_EQ(number, 1);
  ASSERT_EQ(tessera_model_vocabulary_size(model, &number), TESSERA_OK);
  EXPECT_EQ(number, 51865);
  ASSERT_EQ(tessera_transcriber_describe(transcriber_.get(), &text), TESSERA_OK);
  EXPECT_THAT(text, HasSubstr("in f32"));
  const char* stereo = TESSERA_SOURCE_DIR "/tests/data/audio_tone_stereo.aac";
  ASSERT_EQ(tessera_channel_count(stereo, &number), TESSERA_OK);
  EXPECT_EQ(number, 2);
  EXPECT_EQ(tessera_channel_count("no-such-file.wav", &number), TESSERA_BAD_FILE);
  char* code = nullptr;
  double probability = 0;
  ASSERT_EQ(tessera_options_set_string(options_.get(), "language", ""), TESSERA_OK);
  ASSERT_EQ(
      tessera_detect_language(transcriber_.get(), stereo, options_.get(), &code, &probability),
      TESSERA_OK)
      << tessera_last_error();
  const TextHandle owned_code(code);
  EXPECT_EQ(find_language(code), code);
  EXPECT_GT(probability, 0);
}

TEST_F(CApiTest, Lists) {
  using Make = std::function<tessera_status(tessera_list**)>;
  const auto names = [](const Make& make) {
    tessera_list* list = nullptr;
    EXPECT_EQ(make(&list), TESSERA_OK);
    const ListHandle owned(list);
    size_t count = 0;
    EXPECT_EQ(tessera_list_count(list, &count), TESSERA_OK);
    std::vector<std::string> rows;
    const tessera_list_item* item = nullptr;
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(tessera_list_item_at(list, i, &item), TESSERA_OK);
      rows.push_back(item->name + std::string("|") + item->detail + (item->available ? "" : "!"));
    }
    EXPECT_EQ(tessera_list_item_at(list, count, &item), TESSERA_BAD_ARGUMENT);
    return rows;
  };
  using testing::Contains;
  EXPECT_THAT(names(tessera_list_devices), Contains(testing::StartsWith("reference|")));
  EXPECT_THAT(names(tessera_list_languages), Contains("de|german"));
  EXPECT_THAT(names(tessera_list_formats), Contains("srt|.srt"));
  EXPECT_THAT(names(tessera_list_downloadable_models), Contains("tiny.en|"));
  EXPECT_EQ(names(tessera_list_formats).size(), output_formats().size());
  tessera_options_set_string(options_.get(), "model_dir", TESSERA_SOURCE_DIR "/models");
  EXPECT_THAT(names([&](tessera_list** out) { return tessera_list_models(options_.get(), out); }),
              Contains("pebble|" TESSERA_SOURCE_DIR "/models/pebble"));
  EXPECT_STREQ(tessera_version(), version());
}

// The network is left alone; tests/cli has the downloads themselves.
TEST_F(CApiTest, DownloadsWhatTheOptionsAllow) {
  const fs::path folder = fs::path(testing::TempDir()) / "c_api_downloads";
  tessera_options* options = options_.get();
  ASSERT_EQ(tessera_options_set_string(options, "model_dir", folder.c_str()), TESSERA_OK);
  ASSERT_EQ(tessera_options_set_bool(options, "local_files_only", 1), TESSERA_OK);
  char* path = nullptr;
  EXPECT_EQ(tessera_download("tiny", options, &path), TESSERA_BAD_FILE);
  EXPECT_THAT(tessera_last_error(), HasSubstr(folder.string()));
  EXPECT_EQ(tessera_download("tiny.klingon", options, &path), TESSERA_BAD_ARGUMENT);
  EXPECT_EQ(path, nullptr);
}

TEST_F(CApiTest, Converts) {
  const fs::path folder = fs::path(testing::TempDir()) / "c_api_converted";
  fs::remove_all(folder);
  tessera_options* options = options_.get();
  ASSERT_EQ(tessera_options_set_string(options, "dtype", "f16"), TESSERA_OK);
  tessera_options_on_progress(
      options, [](double, double, void*) { return 1; }, nullptr);
  EXPECT_EQ(tessera_convert(test::kSmallModel, folder.c_str(), options), TESSERA_CANCELLED);
  EXPECT_FALSE(fs::exists(folder));
  tessera_options_on_progress(options, nullptr, nullptr);
  EXPECT_EQ(tessera_convert(test::kSmallModel, folder.c_str(), options), TESSERA_OK)
      << tessera_last_error();
  EXPECT_EQ(tessera_convert(test::kSmallModel, folder.c_str(), options), TESSERA_BAD_ARGUMENT);
  tessera_model* model = nullptr;
  EXPECT_EQ(tessera_model_load(folder.c_str(), nullptr, &model), TESSERA_OK)
      << tessera_last_error();
  tessera_model_free(model);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tessera::test
