#include "src/whisper/ggml_file.h"

#include <gmock/gmock.h>

#include <limits>

#include "src/whisper/test_folder.h"
#include "src/whisper/test_ggml.h"
#include "src/whisper/tokenizer.h"

namespace tessera::whisper {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kWeight = "encoder.blocks.0.mlp.0.weight";  // 256 x 64

const LoadedWeights& f16_model() {
  static const LoadedWeights model = small_model(",dtype=f16", kSmallVocabulary);
  return model;
}

GgmlParts small_file() { return GgmlParts(f16_model()); }

LoadedModel parse(const std::string& bytes) {
  return parse_ggml(std::as_bytes(std::span(bytes)), "folder/ggml-small.bin", nullptr);
}

std::string ggml_error(const std::string& bytes) {
  return error_of([&] { parse(bytes); });
}
std::string ggml_error(const GgmlParts& parts) { return ggml_error(parts.bytes()); }

TEST(GgmlFile, ReadsPlainNumbersBitForBit) {
  for (const char* dtype : {"f32", "f16", "bf16"}) {
    const LoadedWeights model = small_model(std::string(",dtype=") + dtype, kSmallVocabulary);
    const TestFolder folder;
    const LoadedModel loaded = load_ggml(folder.write("ggml-small.bin", GgmlParts(model).bytes()));
    EXPECT_EQ(loaded.weights->dims, model.weights->dims);
    EXPECT_EQ(values(*loaded.weights), values(*model.weights)) << dtype;
  }
}

TEST(GgmlFile, LeavesPlainNumbersInTheFile) {
  const std::string bytes = small_file().bytes();
  const LoadedModel loaded = parse(bytes);
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  compute::ModelWeights copy = *loaded.weights;
  for (const compute::WeightSlot& slot : compute::weight_slots(copy)) {
    EXPECT_GE(slot.view->data, first) << slot.name;
    EXPECT_LT(slot.view->data, first + bytes.size()) << slot.name;
  }
}

TEST(GgmlFile, ExpandsQuantisedTensors) {
  struct Case {
    std::int32_t file_type, type;
    std::size_t block_bytes;
    float first;  // with a scale of 1 (and an offset of 1), all other bits zero
  };
  constexpr Case kCases[] = {
      {2002, 2, 18, -8}, {2003, 3, 20, 1}, {2008, 6, 22, -16}, {2009, 7, 24, 1}, {2007, 8, 34, 0}};
  for (const auto& [file_type, type, block_bytes, first] : kCases) {
    std::string block(block_bytes, '\0');
    block[1] = 0x3c;
    if (type == 3 || type == 7) block[3] = 0x3c;
    GgmlParts parts = small_file();
    parts.sizes[10] = file_type;
    GgmlParts::Tensor& tensor = parts.find(kWeight);
    tensor.type = type;
    tensor.data.clear();
    for (int i = 0; i < 256 * 64 / 32; ++i) tensor.data += block;
    const std::string bytes = parts.bytes();  // the plain tensors stay in there
    const LoadedModel loaded = parse(bytes);
    const std::vector<float> weight =
        values(*loaded.weights).at("model.encoder.layers.0.fc1.weight");
    EXPECT_EQ(weight.size(), 256u * 64u);
    EXPECT_THAT(weight, Each(first)) << type;
    // And one block too few is noticed.
    tensor.data.resize(tensor.data.size() - block_bytes);
    EXPECT_THAT(ggml_error(parts), StartsWith("bad_file: "));
  }
}

TEST(GgmlFile, HasTheSettingsOfItsName) {
  const LoadedModel loaded = parse(small_file().bytes());
  EXPECT_EQ(loaded.config, config_for_dims(f16_model().weights->dims, "ggml-small"));
}

TEST(GgmlFile, HasTheVocabularyOfTheFile) {
  const LoadedModel loaded = parse(small_file().bytes());
  ASSERT_TRUE(loaded.vocabulary);
  EXPECT_EQ(loaded.vocabulary->where, "folder/ggml-small.bin");
  const Tokenizer tokenizer(*loaded.vocabulary, kSmallVocabulary);
  EXPECT_EQ(tokenizer.eot(), 259);
  EXPECT_EQ(tokenizer.timestamp_begin(), kSmallVocabulary - 1501);
  EXPECT_EQ(tokenizer.encode("hello"), (std::vector<int>{258, tokenizer.encode("o").front()}));
}

TEST(GgmlFile, IgnoresTheEndOfTextAmongTheTokens) {
  GgmlParts parts = small_file();
  parts.pieces.emplace_back("<|endoftext|>");
  EXPECT_EQ(parse(parts.bytes()).vocabulary->pieces, small_pieces());
}

TEST(GgmlFile, SurvivesTruncationAnywhere) {
  const std::string whole = small_file().bytes();
  const std::size_t head = small_file().head().size();
  for (std::size_t i = 0; i < 50; ++i) {
    // Half of the places in the head, half in the tensors.
    const std::size_t keep = i < 25 ? i * head / 25 : head + (i - 25) * (whole.size() - head) / 25;
    EXPECT_THAT(ggml_error(whole.substr(0, keep)),
                AllOf(StartsWith("bad_file: folder/ggml-small.bin: "),
                      AnyOf(HasSubstr("truncated"), HasSubstr("is missing"))))
        << keep;
  }
  EXPECT_THAT(ggml_error(whole.substr(0, whole.size() - 1)), HasSubstr("truncated"));
  EXPECT_THAT(ggml_error(whole + "x"), HasSubstr("truncated"));
}

/// Every size or length in the first part of the file, and in the first two tensors.
std::vector<std::size_t> length_fields(const GgmlParts& parts) {
  std::vector<std::size_t> fields;
  for (std::size_t i = 0; i < 10; ++i) fields.push_back(4 + 4 * i);
  std::size_t at = 4 + 4 * parts.sizes.size();
  fields.insert(fields.end(), {at, at + 4});
  at += 8 + 4 * parts.filters.size();
  fields.insert(fields.end(), {at, at + 4});  // tokens, length of the first
  at = parts.head().size();
  for (std::size_t i = 0; i < 2; ++i) {
    const GgmlParts::Tensor& tensor = parts.tensors[i];
    fields.insert(fields.end(), {at, at + 4});  // dimensions, length of the name
    for (std::size_t k = 0; k < tensor.sizes.size(); ++k) fields.push_back(at + 12 + 4 * k);
    at += 12 + 4 * tensor.sizes.size() + tensor.name.size() + tensor.data.size();
  }
  return fields;
}

TEST(GgmlFile, ChecksEverySizeAndLength) {
  const GgmlParts parts = small_file();
  const std::string whole = parts.bytes();
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();  // 2^31 without a sign
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  for (const std::size_t field : length_fields(parts)) {
    for (const std::int32_t value : {0, -1, kMin, kMax, 1 << 20}) {
      EXPECT_THAT(ggml_error(with(whole, field, raw(value))), StartsWith("bad_file: "))
          << "byte " << field << ": " << value;
    }
    // 2^63, were the field that long: its lower half here, the upper in the next one.
    EXPECT_THAT(ggml_error(with(whole, field, raw(std::uint64_t{1} << 63))),
                StartsWith("bad_file: "));
  }
}

TEST(GgmlFile, RefusesAProductThatOverflows) {
  GgmlParts parts = small_file();
  GgmlParts::Tensor& tensor = parts.find("encoder.conv1.weight");
  tensor.sizes = {1 << 30, 1 << 30, 1 << 30};
  EXPECT_THAT(ggml_error(parts),
              AllOf(StartsWith("bad_file: "), HasSubstr("encoder.conv1.weight")));
}

TEST(GgmlFile, RefusesAnotherMagicNumber) {
  GgmlParts parts = small_file();
  for (const std::uint32_t magic : {0u, 0x67676d66u, 0x46554747u, 0x6c6d6767u}) {
    parts.magic = magic;
    EXPECT_THAT(ggml_error(parts), HasSubstr("expected it to begin with 'lmgg'"));
  }
}

TEST(GgmlFile, RefusesOtherTypes) {
  for (const std::int32_t file_type :
       {-1, 4, 10, 14, 1002, 2, 7, 2012, 99, std::numeric_limits<std::int32_t>::min()}) {
    GgmlParts parts = small_file();
    parts.sizes[10] = file_type;
    EXPECT_THAT(ggml_error(parts), StartsWith("unsupported: ")) << file_type;
  }
  for (const std::int32_t type : {4, 9, 12, 31, 1000, -1}) {
    GgmlParts parts = small_file();
    parts.find(kWeight).type = type;
    EXPECT_THAT(ggml_error(parts), AllOf(StartsWith("unsupported: "), HasSubstr(kWeight))) << type;
  }
}

TEST(GgmlFile, RefusesRowsThatAreNotWholeBlocks) {
  GgmlParts parts = small_file();
  GgmlParts::Tensor& tensor = parts.find("encoder.conv1.weight");  // rows of 3
  tensor.type = 8;
  EXPECT_THAT(ggml_error(parts),
              HasSubstr("encoder.conv1.weight: expected rows of whole blocks of 32"));
}

TEST(GgmlFile, RefusesOtherMelFilters) {
  for (const float value : {1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    GgmlParts parts = small_file();
    parts.filters[3 * 201 + 7] = value;
    EXPECT_THAT(ggml_error(parts),
                AllOf(StartsWith("unsupported: "), HasSubstr("band 3 differs at bin 7")));
  }
  // The last bit may differ, as in the table that OpenAI ships.
  GgmlParts parts = small_file();
  for (float& value : parts.filters) value = std::nextafter(value, 1.0f);
  EXPECT_EQ(ggml_error(parts), "");
}

TEST(GgmlFile, RefusesTokensThatAreTooLong) {
  GgmlParts parts = small_file();
  parts.pieces.back() = std::string(1024, 'a');
  EXPECT_THAT(ggml_error(parts), StartsWith("unsupported: "));
  parts.pieces.back() = std::string(1025, 'a');
  EXPECT_THAT(ggml_error(parts),
              AllOf(StartsWith("bad_file: "), HasSubstr("token 258, found 1025")));
}

TEST(GgmlFile, WantsEveryTensorOnce) {
  GgmlParts parts = small_file();
  const GgmlParts::Tensor last = parts.tensors.back();
  EXPECT_EQ(last.name, "decoder.ln.bias");
  parts.tensors.pop_back();
  EXPECT_THAT(ggml_error(parts), HasSubstr("tensor decoder.ln.bias is missing"));
  parts.tensors.insert(parts.tensors.begin(), last);
  EXPECT_EQ(ggml_error(parts), "") << "the order does not matter";
  parts.tensors.push_back(last);
  EXPECT_THAT(ggml_error(parts), HasSubstr("tensor decoder.ln.bias is there a second time"));
  parts.tensors.back().name = "decoder.ln.bios";
  EXPECT_THAT(ggml_error(parts), HasSubstr("tensor decoder.ln.bios is none of this model's"));
  parts.tensors.back().name = std::string("\n\0evil", 6);
  EXPECT_THAT(ggml_error(parts), HasSubstr("tensor ??evil is none"));
}

TEST(GgmlFile, RefusesShapesOfAnotherModel) {
  {
    GgmlParts parts = small_file();
    std::swap(parts.find(kWeight).sizes[0], parts.find(kWeight).sizes[1]);
    EXPECT_THAT(ggml_error(parts),
                HasSubstr("encoder.blocks.0.mlp.0.weight: expected shape [256, 64, 1], "
                          "file has [64, 256, 1]"));
  }
  {
    // The sizes of one model, the tensors of another.
    GgmlParts parts = small_file();
    parts.tensors = GgmlParts(small_model(",width=128", kSmallVocabulary)).tensors;
    EXPECT_THAT(ggml_error(parts), HasSubstr("expected shape [64, 8, 3], file has [128, 8, 3]"));
  }
  {
    GgmlParts parts = small_file();
    parts.sizes[4] = 2;  // encoder layers
    EXPECT_THAT(ggml_error(parts), HasSubstr("tensor encoder.blocks.1."));
  }
}

}  // namespace
}  // namespace tessera::whisper
