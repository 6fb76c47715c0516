#include "src/whisper/model_formats.h"

#include <gmock/gmock.h>

#include "src/whisper/model_file_writer.h"
#include "src/whisper/test_ctranslate2.h"
#include "src/whisper/test_folder.h"
#include "src/whisper/test_ggml.h"

namespace tessera::whisper {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const LoadedWeights& model() {
  static const LoadedWeights model = small_model(",dtype=f16", kSmallVocabulary);
  return model;
}

TEST(ModelFormats, AreToldByTheContents) {
  const TestFolder folder;
  const auto detect = [&](const std::string& name, const std::string& bytes) {
    return detect_model_format(folder.write(name, bytes));
  };
  EXPECT_EQ(detect("a.pt", GgmlParts(model()).bytes()), ModelFormat::ggml);
  EXPECT_EQ(detect("a.bin", "PK\3\4 and more"), ModelFormat::openai);
  EXPECT_EQ(detect("model.bin", Ctranslate2Parts(model()).bytes()), ModelFormat::ctranslate2);
  EXPECT_EQ(detect_model_format(folder.path()), ModelFormat::ctranslate2)
      << "a folder with model.bin";
  EXPECT_EQ(detect("model.safetensors", ""), ModelFormat::huggingface);
  EXPECT_EQ(detect_model_format(folder.path()), ModelFormat::huggingface) << "the safer of the two";
  EXPECT_EQ(detect("x.safetensors.index.json", "{}"), ModelFormat::huggingface);
  for (const std::string& bytes :
       {std::string(), std::string("l"), std::string("GGUF\3\0\0\0", 8), std::string(400, 'x'),
        std::string("RIFF....WAVE"), std::string("\6\0\0\0\xff\xff", 6)}) {
    EXPECT_EQ(detect("other.bin", bytes), std::nullopt) << bytes;
  }
  EXPECT_EQ(detect_model_format(folder.path() / "none"), std::nullopt);
  EXPECT_EQ(detect_model_format(TestFolder().path()), std::nullopt);
}

TEST(ModelFormats, LoadTheSameWeights) {
  const TestFolder folder;
  const auto ggml = folder.write("ggml-small.bin", GgmlParts(model()).bytes());
  const auto huggingface = folder.path() / "huggingface";
  save_model_directory(*model().weights, model().config, huggingface, compute::DType::f16);
  const auto ctranslate2 = folder.path() / "ctranslate2";
  std::filesystem::create_directory(ctranslate2);
  folder.write("ctranslate2/model.bin", Ctranslate2Parts(model()).bytes());
  folder.write("ctranslate2/config.json", "{}");
  std::string lines;
  for (const char c : gpt2_byte_order()) {
    if (c >= '!' && c <= '~') lines += std::string(1, c) + "\n";
  }
  folder.write("ctranslate2/vocabulary.txt", lines);
  const auto wanted = values(model());
  for (const auto& path : {ggml, huggingface, huggingface / "model.safetensors", ctranslate2,
                           ctranslate2 / "model.bin"}) {
    const LoadedModel loaded = load_model(path);
    EXPECT_EQ(loaded.config.dims, model().config.dims) << path;
    EXPECT_EQ(values(*loaded.weights), wanted) << path;
  }
}

TEST(ModelFormats, SayWhatWasExpected) {
  const TestFolder folder;
  const auto error = [](const std::filesystem::path& path) {
    return error_of([&] { load_model(path); });
  };
  EXPECT_THAT(error(folder.path() / "none"), HasSubstr("expected a model's folder, found nothing"));
  EXPECT_THAT(error(folder.path()), HasSubstr("no weights in this folder"));
  EXPECT_THAT(
      error(folder.write("notes.txt", "hello")),
      AllOf(StartsWith("bad_file: "),
            HasSubstr("notes.txt: expected a model's folder or its *.safetensors file, a ggml")));
  EXPECT_THAT(error(folder.write("ggml.bin", "lmgg")), HasSubstr("ggml.bin: truncated"));
  EXPECT_THAT(error(folder.write("model.bin", std::string("\6\0\0\0\x0c\0WhisperSpec\0", 18))),
              HasSubstr("model.bin: truncated"));
}

}  // namespace
}  // namespace tessera::whisper
