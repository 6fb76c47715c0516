#include "src/whisper/model_file.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "src/whisper/model_file_writer.h"
#include "src/whisper/safetensors.h"
#include "src/whisper/test_folder.h"
#include "src/whisper/test_model.h"

namespace tessera::whisper {
namespace {

namespace fs = std::filesystem;
using compute::DType;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A saved small model whose tensors a test may rename, reshape, drop or add before loading.
class EditableModel {
 public:
  struct Tensor {
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::string data;
  };

  EditableModel() {
    const LoadedWeights model = small_model();
    save_model_directory(*model.weights, model.config, folder.path(), DType::f32);
    const SafetensorsFile file(folder.path() / "model.safetensors");
    for (const SafetensorsEntry& entry : file.entries()) {
      tensors[entry.name] = {
          entry.dtype, entry.shape,
          std::string(reinterpret_cast<const char*>(entry.data.data()), entry.data.size())};
    }
  }

  /// Writes the tensors whose names `wanted` accepts to one file.
  void write(const std::string& name, const std::function<bool(const std::string&)>& wanted) const {
    json header = json::object();
    std::string data;
    for (const auto& [key, tensor] : tensors) {
      if (!wanted(key)) continue;
      header[key] = {{"dtype", tensor.dtype},
                     {"shape", tensor.shape},
                     {"data_offsets", {data.size(), data.size() + tensor.data.size()}}};
      data += tensor.data;
    }
    folder.write(name, safetensors_bytes(header.dump(), data));
  }

  LoadedWeights load() const {
    write("model.safetensors", [](const std::string&) { return true; });
    return load_model_directory(folder.path());
  }
  std::string error() const {
    return error_of([&] { load(); });
  }

  void rename(const std::string& from, const std::string& to) {
    auto node = tensors.extract(from);
    node.key() = to;
    tensors.insert(std::move(node));
  }

  TestFolder folder;
  std::map<std::string, Tensor> tensors;
};

TEST(ModelFile, ReadsBackF32BitForBit) {
  const TestFolder folder;
  const LoadedWeights model = small_model(",outliers");
  save_model_directory(*model.weights, model.config, folder.path() / "deep" / "er", DType::f32);
  const LoadedWeights loaded = load_model_directory(folder.path() / "deep" / "er");
  EXPECT_EQ(loaded.config, model.config);
  EXPECT_EQ(loaded.weights->dims, model.weights->dims);
  EXPECT_EQ(values(loaded), values(model));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "deep" / "er"), {}), 4);
}

TEST(ModelFile, ReadsBackHalvesRounded) {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    const TestFolder folder;
    const LoadedWeights model = small_model();
    save_model_directory(*model.weights, model.config, folder.path(), dtype);
    const LoadedWeights loaded = load_model_directory(folder.path());
    EXPECT_EQ(loaded.weights->token_embedding.dtype, dtype);
    auto expected = values(model);
    for (auto& [name, tensor] : expected) {
      for (float& value : tensor) {
        value = dtype == DType::f16 ? compute::f16_to_f32(compute::f32_to_f16(value))
                                    : compute::bf16_to_f32(compute::f32_to_bf16(value));
      }
    }
    EXPECT_EQ(values(loaded), expected);

    // Halves to halves are copied, halves to f32 are exact.
    save_model_directory(*loaded.weights, loaded.config, folder.path() / "again", DType::f32);
    EXPECT_EQ(values(load_model_directory(folder.path() / "again")), expected);
  }
}

TEST(ModelFile, OverwritesAModelThatIsInUse) {
  const TestFolder folder;
  const LoadedWeights first = small_model();
  save_model_directory(*first.weights, first.config, folder.path(), DType::f32);
  const LoadedWeights mapped = load_model_directory(folder.path());
  const LoadedWeights second = small_model(",seed=2");
  save_model_directory(*second.weights, second.config, folder.path(), DType::f16);
  EXPECT_EQ(values(mapped), values(first));
}

TEST(ModelFile, RefusesToSaveWhatTheDtypeCannotHold) {
  const TestFolder folder;
  LoadedWeights model = small_model();
  EXPECT_THAT(error_of([&] {
                save_model_directory(*model.weights, model.config, folder.path(), DType::i8);
              }),
              HasSubstr("bad_argument: saving a model: expected f32, f16 or bf16, got i8"));

  compute::ModelWeights large = *model.weights;
  std::vector<float> bias(64, 65520.0f);  // rounds to infinity in f16
  large.conv2.bias.data = reinterpret_cast<const std::byte*>(bias.data());
  EXPECT_THAT(
      error_of([&] { save_model_directory(large, model.config, folder.path(), DType::f16); }),
      AllOf(StartsWith("bad_argument: tensor model.encoder.conv2.bias: 65520.0"),
            HasSubstr("does not fit f16")));
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_NO_THROW(save_model_directory(large, model.config, folder.path(), DType::bf16));
}

TEST(ModelFile, AcceptsTheWeightsFileItself) {
  const EditableModel model;
  const auto expected = values(load_model_directory(model.folder.path()));
  EXPECT_EQ(values(load_model_directory(model.folder.path() / "model.safetensors")), expected);
  EXPECT_THAT(error_of([&] { load_model_directory(model.folder.path() / "config.json"); }),
              HasSubstr("bad_file: "));
}

TEST(ModelFile, AcceptsNamesWithoutPrefix) {
  EditableModel model;
  const auto expected = values(model.load());
  const auto original = model.tensors;
  for (const auto& [name, tensor] : original) model.rename(name, name.substr(6));
  EXPECT_EQ(values(model.load()), expected);
  model.tensors["model.encoder.conv1.bias"] = model.tensors["encoder.conv1.bias"];
  EXPECT_THAT(model.error(), HasSubstr("tensor encoder.conv1.bias is there with and without"));
}

TEST(ModelFile, IgnoresTensorsThatWhisperDoesNotHave) {
  EditableModel model;
  model.tensors["model.decoder.version"] = {"I64", {1}, "12345678"};
  model.tensors["proj_out.weight"] = model.tensors["model.decoder.embed_tokens.weight"];
  EXPECT_EQ(model.error(), "");
}

TEST(ModelFile, RefusesAnOutputProjectionOfItsOwn) {
  EditableModel model;
  model.tensors["proj_out.weight"] = model.tensors["model.decoder.embed_tokens.weight"];
  model.tensors["proj_out.weight"].data[5] ^= 1;
  EXPECT_THAT(model.error(),
              AllOf(StartsWith("unsupported: "), HasSubstr("tensor proj_out.weight: expected")));
}

TEST(ModelFile, ComputesMissingPositions) {
  EditableModel model;
  const auto expected = values(model.load()).at("model.encoder.embed_positions.weight");
  model.tensors.erase("model.encoder.embed_positions.weight");
  const auto actual = values(model.load()).at("model.encoder.embed_positions.weight");
  EXPECT_EQ(actual, expected);
  // Row 3: sin(3 x 10000^(-i / 31)), then the cosines.
  for (int i = 0; i < 32; ++i) {
    const double angle = 3 * std::pow(10000.0, -i / 31.0);
    EXPECT_NEAR(actual[3 * 64 + i], std::sin(angle), 1e-6);
    EXPECT_NEAR(actual[3 * 64 + 32 + i], std::cos(angle), 1e-6);
  }
}

TEST(ModelFile, NamesWhatIsMissingOrMisshapen) {
  {
    EditableModel model;
    model.tensors.erase("model.decoder.layers.0.fc1.bias");
    EXPECT_THAT(model.error(),
                AllOf(StartsWith("bad_file: "),
                      HasSubstr("model.safetensors: tensor model.decoder.layers.0.fc1.bias is "
                                "missing")));
  }
  {
    EditableModel model;
    model.tensors["model.encoder.layers.0.fc1.weight"].shape = {64, 256};
    EXPECT_THAT(model.error(), HasSubstr("tensor model.encoder.layers.0.fc1.weight: expected shape "
                                         "[256, 64], file has [64, 256]"));
  }
  {
    EditableModel model;
    model.tensors["model.encoder.conv1.bias"] = {"I32", {64}, std::string(256, 'x')};
    EXPECT_THAT(model.error(), HasSubstr("tensor model.encoder.conv1.bias: expected F32, F16 or "
                                         "BF16, file has I32"));
  }
}

TEST(ModelFile, NamesWhatIsMissingInAFolder) {
  const TestFolder folder;
  EXPECT_THAT(error_of([&] { load_model_directory(folder.path() / "none"); }),
              HasSubstr("none: expected a model's folder, found nothing of that name"));
  EXPECT_THAT(error_of([&] { load_model_directory(folder.path()); }),
              HasSubstr("expected model.safetensors or model.safetensors.index.json"));
  folder.write("model.safetensors", safetensors_bytes("{}", ""));
  EXPECT_THAT(error_of([&] { load_model_directory(folder.path()); }),
              HasSubstr("config.json: No such file"));
}

/// A model of two shards, "1.safetensors" for the encoder, and its index.
struct ShardedModel : EditableModel {
  ShardedModel() {
    for (const auto& [name, tensor] : tensors) {
      index["weight_map"][name] = in_first(name) ? "1.safetensors" : "2.safetensors";
    }
    write("1.safetensors", in_first);
    write("2.safetensors", [](const std::string& name) { return !in_first(name); });
    fs::remove(folder.path() / "model.safetensors");
  }

  static bool in_first(const std::string& name) { return name.starts_with("model.encoder"); }

  LoadedWeights load() const {
    folder.write("model.safetensors.index.json", index.dump());
    return load_model_directory(folder.path());
  }
  std::string error() const {
    return error_of([&] { load(); });
  }

  json index = {{"metadata", {{"total_size", 1}}}};
};

TEST(ModelFile, LoadsShards) {
  const ShardedModel model;
  EXPECT_EQ(values(model.load()), values(small_model()));
}

TEST(ModelFile, RefusesShardsOutsideTheFolder) {
  ShardedModel model;
  for (const json& name : std::vector<json>{"../1.safetensors", "/etc/passwd", "a/b", "..", ".", "",
                                            "a\\b", std::string("a\0b", 3), nullptr, 5}) {
    model.index["weight_map"]["model.encoder.conv1.bias"] = name;
    EXPECT_THAT(model.error(),
                AllOf(StartsWith("bad_file: "),
                      HasSubstr("index.json: tensor model.encoder.conv1.bias: expected the plain")))
        << name;
  }
}

TEST(ModelFile, NamesTheShardThatIsWrong) {
  {
    ShardedModel model;
    model.index["weight_map"]["model.encoder.conv1.bias"] = "3.safetensors";
    EXPECT_THAT(model.error(), HasSubstr("3.safetensors: No such file"));
  }
  {
    ShardedModel model;
    model.index["weight_map"]["model.encoder.conv1.bias"] = "2.safetensors";
    EXPECT_THAT(model.error(),
                HasSubstr("2.safetensors: tensor model.encoder.conv1.bias is missing, the index"));
  }
  {
    ShardedModel model;
    model.index["weight_map"].erase("model.encoder.conv1.bias");
    EXPECT_THAT(model.error(), HasSubstr("index.json: tensor model.encoder.conv1.bias is missing"));
  }
  {
    ShardedModel model;
    model.index["weight_map"] = json::array();
    EXPECT_THAT(model.error(), HasSubstr("index.json: expected a table weight_map"));
  }
  {
    ShardedModel model;
    model.index = json::array();
    EXPECT_THAT(model.error(), HasSubstr("index.json: expected a table weight_map"));
  }
}

TEST(ModelFile, SurvivesTruncationAnywhere) {
  const EditableModel model;
  const fs::path file = model.folder.path() / "model.safetensors";
  const std::uintmax_t size = fs::file_size(file);
  for (const std::uintmax_t keep : {size - 1, size / 2, std::uintmax_t{100}, std::uintmax_t{8},
                                    std::uintmax_t{4}, std::uintmax_t{0}}) {
    fs::resize_file(file, keep);
    EXPECT_THAT(error_of([&] { load_model_directory(file); }),
                AllOf(StartsWith("bad_file: "), HasSubstr("model.safetensors: ")))
        << keep;
  }
}

}  // namespace
}  // namespace tessera::whisper
