#include "src/whisper/openai_checkpoint.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <utility>

#include "src/whisper/openai_names.h"
#include "src/whisper/test_archive.h"
#include "src/whisper/test_folder.h"
#include "src/whisper/test_model.h"

namespace tessera::whisper {
namespace {

using compute::DType;
using compute::WeightSlot;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using Integers = std::vector<std::int64_t>;

Integers row_major(const Integers& shape) {
  Integers strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

struct StoredTensor {
  std::string name;
  Integers shape;
  std::string data;
  std::string module = "torch";
  std::string storage_class = "HalfStorage";
  std::string function = "_rebuild_tensor_v2";
  Integers strides = {};
  std::int64_t offset = 0;
  std::int64_t elements = 0;  // of the storage
  std::string key = "";
};

/// A checkpoint that torch.save would write, whose parts a test may spoil.
class EditableCheckpoint {
 public:
  explicit EditableCheckpoint(const LoadedWeights& model = small_model(",dtype=f16")) {
    const compute::ModelDims& d = model.weights->dims;
    dims = {{"n_mels", d.n_mels},
            {"n_audio_ctx", d.n_audio_ctx},
            {"n_audio_state", d.n_audio_state},
            {"n_audio_head", d.n_audio_heads},
            {"n_audio_layer", d.n_audio_layers},
            {"n_vocab", d.n_vocab},
            {"n_text_ctx", d.n_text_ctx},
            {"n_text_state", d.n_text_state},
            {"n_text_head", d.n_text_heads},
            {"n_text_layer", d.n_text_layers}};
    compute::ModelWeights copy = *model.weights;
    for (const WeightSlot& slot : compute::weight_slots(copy)) {
      Integers shape(slot.shape.begin(), slot.shape.end());
      while (shape.size() > 1 && shape.back() == 1) shape.pop_back();
      const std::size_t bytes = slot.view->elements() * compute::element_bytes(slot.view->dtype);
      StoredTensor tensor = {.name = openai_tensor_name(slot.name),
                             .shape = shape,
                             .data = {reinterpret_cast<const char*>(slot.view->data), bytes}};
      tensor.strides = row_major(shape);
      tensor.elements = slot.view->elements();
      tensor.key = std::to_string(tensors.size());
      if (slot.view->dtype == DType::f32) tensor.storage_class = "FloatStorage";
      if (slot.view->dtype == DType::bf16) tensor.storage_class = "BFloat16Storage";
      tensors.push_back(std::move(tensor));
    }
  }

  std::string pickle() const {
    PickleWriter writer;
    writer.raw("}(").text("dims").raw("}(");
    for (const auto& [name, value] : dims) writer.text(name).integer(value);
    writer.raw("u").text(state_name).global("collections", "OrderedDict").raw(")R(");
    for (const StoredTensor& tensor : tensors) add(writer, tensor);
    return writer.raw("uu").finish();
  }

  std::vector<TestEntry> entries() const {
    std::vector<TestEntry> entries = {{"archive/data.pkl", pickle()},
                                      {"archive/byteorder", byte_order}};
    for (const StoredTensor& tensor : tensors) {
      entries.push_back({"archive/data/" + tensor.key, tensor.data});
    }
    entries.push_back({"archive/version", "3\n"});
    return entries;
  }

  std::string bytes() const { return zip_bytes(entries()); }

  StoredTensor& find(std::string_view name) {
    for (StoredTensor& tensor : tensors) {
      if (tensor.name == name) return tensor;
    }
    throw Error(ErrorCode::internal, std::string(name));
  }

  std::map<std::string, std::int64_t> dims;
  std::vector<StoredTensor> tensors;
  std::string state_name = "model_state_dict";
  std::string byte_order = "little";

 private:
  static void add(PickleWriter& writer, const StoredTensor& tensor) {
    writer.text(tensor.name).global("torch._utils", tensor.function).raw("((");
    writer.text("storage").global(tensor.module, tensor.storage_class);
    writer.text(tensor.key).text("cpu").integer(tensor.elements).raw("tQ");
    writer.integer(tensor.offset).integers(tensor.shape).integers(tensor.strides);
    writer.raw("\x89").global("collections", "OrderedDict").raw(")RtR");
  }
};

std::string error_of_bytes(const std::string& bytes) {
  return error_of([&] { parse_openai_checkpoint(as_bytes(bytes), "folder/x.pt", nullptr); });
}

std::string checkpoint_error(const EditableCheckpoint& checkpoint) {
  return error_of_bytes(checkpoint.bytes());
}

TEST(OpenaiCheckpoint, LoadsEveryNumberFormat) {
  for (const char* dtype : {",dtype=f32", ",dtype=f16", ",dtype=bf16"}) {
    const LoadedWeights model = small_model(dtype);
    const TestFolder folder;
    const auto path = folder.write("some.pt", EditableCheckpoint(model).bytes());
    const LoadedModel loaded = load_openai_checkpoint(path);
    std::filesystem::remove(path);  // the mapping stays
    EXPECT_EQ(loaded.weights->dims, model.weights->dims);
    EXPECT_EQ(loaded.config.dims, model.weights->dims);
    EXPECT_FALSE(loaded.vocabulary.has_value());
    EXPECT_EQ(values(*loaded.weights), values(*model.weights)) << dtype;
    EXPECT_EQ(loaded.weights->conv1.bias.dtype, model.weights->conv1.bias.dtype);
  }
}

TEST(OpenaiCheckpoint, TensorsStayWhereTheyLie) {
  const std::string bytes = EditableCheckpoint().bytes();
  const LoadedModel loaded = parse_openai_checkpoint(as_bytes(bytes), "x.pt", nullptr);
  const std::byte* data = loaded.weights->token_embedding.data;
  EXPECT_TRUE(data > as_bytes(bytes).data() && data < as_bytes(bytes).data() + bytes.size());
}

TEST(OpenaiCheckpoint, TakesTheSettingsOfTheModelThatTheFileIsNamedAfter) {
  const std::string bytes = EditableCheckpoint().bytes();
  const LoadedModel loaded = parse_openai_checkpoint(as_bytes(bytes), "dir/tiny.pt", nullptr);
  EXPECT_EQ(loaded.config, config_for_dims(loaded.weights->dims, "tiny"));
}

TEST(OpenaiCheckpoint, TensorsMayShareAStorage) {
  EditableCheckpoint checkpoint;
  const std::string whole = checkpoint_error(checkpoint);
  EXPECT_EQ(whole, "");
  // The two biases of the convolutions as two parts of one storage; both entries hold the same.
  StoredTensor& a = checkpoint.find("encoder.conv1.bias");
  StoredTensor& b = checkpoint.find("encoder.conv2.bias");
  const std::string expected = b.data;
  a.data += b.data;
  a.elements = 128;
  b.data = a.data;
  b.elements = 128;
  b.offset = 64;
  const std::string bytes = checkpoint.bytes();
  const LoadedModel loaded = parse_openai_checkpoint(as_bytes(bytes), "x.pt", nullptr);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(loaded.weights->conv2.bias.data), 128),
            expected);
  b.offset = 65;
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("tensor encoder.conv2.bias: expected its 64 values from "
                        "value 65 of a storage of 128"));
  b.offset = -1;
  EXPECT_THAT(checkpoint_error(checkpoint), HasSubstr("its offset: expected 0 or more, found -1"));
  b.offset = 0x7fffffff;
  EXPECT_THAT(checkpoint_error(checkpoint), HasSubstr("from value 2147483647 of a storage of 128"));
}

TEST(OpenaiCheckpoint, NamesTensorsThatAreMissingTwiceOrUnknown) {
  EditableCheckpoint checkpoint;
  const StoredTensor last = checkpoint.tensors.back();
  checkpoint.tensors.pop_back();
  EXPECT_EQ(checkpoint_error(checkpoint),
            "bad_file: folder/x.pt: tensor decoder.ln.bias is missing");
  checkpoint.tensors.push_back(last);
  checkpoint.tensors.push_back(last);
  checkpoint.tensors.back().key = "other";
  EXPECT_EQ(checkpoint_error(checkpoint),
            "bad_file: folder/x.pt: model_state_dict: decoder.ln.bias is there twice");
  checkpoint.tensors.back().name = "decoder.ln.gamma";
  EXPECT_EQ(checkpoint_error(checkpoint),
            "bad_file: folder/x.pt: tensor decoder.ln.gamma: Whisper has no such tensor");
}

TEST(OpenaiCheckpoint, RefusesShapesOfAnotherModel) {
  EditableCheckpoint checkpoint;
  checkpoint.dims["n_audio_ctx"] = 21;
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("tensor encoder.positional_embedding: expected shape "
                        "21 x 64 x 1, file has 20 x 64 x 1"));
  checkpoint = EditableCheckpoint();
  checkpoint.dims["n_text_layer"] = 2;
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("tensor decoder.blocks.1.attn_ln.weight is missing"));
  checkpoint = EditableCheckpoint();
  checkpoint.dims["n_audio_layer"] = 2;
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("tensor encoder.blocks.1.attn_ln.weight is missing"));
  checkpoint = EditableCheckpoint();
  StoredTensor& tensor = checkpoint.find("encoder.blocks.0.mlp.0.weight");
  tensor.shape = {64, 256};
  tensor.strides = {256, 1};
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("expected shape 256 x 64 x 1, file has 64 x 256 x 1"));
}

TEST(OpenaiCheckpoint, RefusesTensorsThatAreNotRowsWithoutGaps) {
  EditableCheckpoint checkpoint;
  StoredTensor& tensor = checkpoint.find("encoder.blocks.0.attn.query.weight");
  for (const Integers& strides : {Integers{1, 64}, {64, 0}, {0, 1}, {128, 1}, {-64, 1}, {64, -1}}) {
    tensor.strides = strides;
    EXPECT_THAT(checkpoint_error(checkpoint),
                HasSubstr("tensor encoder.blocks.0.attn.query.weight: "));
  }
  for (const Integers& strides : {Integers{}, {1}, {64, 64, 1}}) {
    tensor.strides = strides;
    EXPECT_THAT(checkpoint_error(checkpoint),
                HasSubstr("tensor encoder.blocks.0.attn.query.weight: "));
  }
  tensor.shape = {2, 32, 2, 32};
  tensor.strides = row_major(tensor.shape);
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("at most 3 sizes and as many strides, found 4 and 4"));
}

TEST(OpenaiCheckpoint, RefusesSizesBeyondTheStorage) {
  constexpr std::int64_t kMany = 0x7fffffff;
  EditableCheckpoint checkpoint;
  StoredTensor& tensor = checkpoint.find("encoder.conv1.weight");
  for (const std::int64_t size : {std::int64_t{-1}, std::int64_t{65}, kMany, -kMany - 1}) {
    for (std::size_t i = 0; i < 3; ++i) {
      tensor.shape = {64, 8, 3};
      tensor.shape[i] = size;
      tensor.strides = row_major(tensor.shape);
      EXPECT_THAT(checkpoint_error(checkpoint),
                  AllOf(StartsWith("bad_file: "), HasSubstr("encoder.conv1.weight: ")));
    }
  }
  tensor.shape = {kMany, kMany, kMany};
  tensor.strides = row_major(tensor.shape);
  EXPECT_THAT(checkpoint_error(checkpoint), HasSubstr("encoder.conv1.weight: "));
  tensor.shape = {0, 8, 3};
  tensor.strides = row_major(tensor.shape);
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("expected shape 64 x 8 x 3, file has 0 x 8 x 3"));
}

TEST(OpenaiCheckpoint, RefusesStoragesThatAreNotWhatTheySay) {
  const std::function<void(StoredTensor&)> spoils[] = {
      [](StoredTensor& tensor) { tensor.elements = 63; },
      [](StoredTensor& tensor) { tensor.elements = 0; },
      [](StoredTensor& tensor) { tensor.elements = -1; },
      [](StoredTensor& tensor) { tensor.elements = 0x7fffffff; },
      [](StoredTensor& tensor) { tensor.storage_class = "FloatStorage"; },
      [](StoredTensor& tensor) { tensor.data.pop_back(); },
      [](StoredTensor& tensor) { tensor.data = ""; }};
  for (const auto& spoil : spoils) {
    EditableCheckpoint checkpoint;
    spoil(checkpoint.find("encoder.conv1.bias"));
    EXPECT_THAT(checkpoint_error(checkpoint),
                AllOf(StartsWith("bad_file: "), HasSubstr("tensor encoder.conv1.bias: ")));
  }
}

TEST(OpenaiCheckpoint, RefusesOtherClassesAndFunctions) {
  for (const char* name : {"DoubleStorage", "IntStorage", "CharStorage", "QInt8Storage"}) {
    EditableCheckpoint checkpoint;
    checkpoint.find("encoder.conv1.bias").storage_class = name;
    EXPECT_THAT(checkpoint_error(checkpoint),
                AllOf(StartsWith("unsupported: folder/x.pt: the pickle uses "),
                      HasSubstr(std::string("torch.") + name)));
  }
  EditableCheckpoint checkpoint;
  checkpoint.find("encoder.conv1.bias").storage_class = "system";
  checkpoint.find("encoder.conv1.bias").module = "os";
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("unsupported: folder/x.pt: the pickle uses the class or "
                        "function os.system, which"));
  checkpoint = EditableCheckpoint();
  checkpoint.find("encoder.conv1.bias").function = "_rebuild_parameter";
  EXPECT_THAT(checkpoint_error(checkpoint), HasSubstr("torch._utils._rebuild_parameter"));
}

TEST(OpenaiCheckpoint, RefusesOtherDims) {
  for (const auto& [name, value] : EditableCheckpoint().dims) {
    for (const std::int64_t bad : {0LL, -1LL, 0x7fffffffLL, -0x80000000LL}) {
      EditableCheckpoint checkpoint;
      checkpoint.dims[name] = bad;
      EXPECT_THAT(checkpoint_error(checkpoint), StartsWith("bad_file: folder/x.pt: expected "))
          << name;
    }
    EditableCheckpoint checkpoint;
    checkpoint.dims.erase(name);
    EXPECT_EQ(checkpoint_error(checkpoint), "bad_file: folder/x.pt: dims: " + name + " is missing");
  }
  EditableCheckpoint checkpoint;
  checkpoint.dims["n_more"] = 1;
  EXPECT_EQ(checkpoint_error(checkpoint),
            "bad_file: folder/x.pt: dims: Whisper has no size n_more");
}

TEST(OpenaiCheckpoint, RefusesOtherArchives) {
  EditableCheckpoint checkpoint;
  checkpoint.state_name = "state_dict";
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("not a checkpoint of openai/whisper: it has no model_"));
  checkpoint = EditableCheckpoint();
  checkpoint.byte_order = "big";
  EXPECT_THAT(checkpoint_error(checkpoint),
              HasSubstr("unsupported: folder/x.pt: expected little-endian"));

  const std::string pickle = EditableCheckpoint().pickle();
  EXPECT_THAT(error_of_bytes(zip_bytes({{"word/document.xml", ""}})), HasSubstr("no data.pkl"));
  EXPECT_THAT(error_of_bytes(zip_bytes({{"data.pkl", pickle}})), HasSubstr("no data.pkl"));
  EXPECT_THAT(error_of_bytes(zip_bytes({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}})),
              HasSubstr("found two"));
  EXPECT_THAT(error_of_bytes(zip_bytes({{"a/data.pkl", pickle}})),
              HasSubstr("its storage data/0 is missing"));
  EXPECT_THAT(error_of_bytes(zip_bytes({{"a/data.pkl", PickleWriter().raw("K\1").finish()}})),
              HasSubstr("the checkpoint: expected a dictionary, found a whole number"));
  std::string damaged = zip_bytes({{"a/data.pkl", pickle}});
  damaged[60] ^= 1;
  EXPECT_THAT(error_of_bytes(damaged), HasSubstr("data.pkl is damaged"));
}

TEST(OpenaiCheckpoint, RefusesWhatIsNoArchive) {
  EXPECT_THAT(error_of_bytes(""), HasSubstr("bad_file: folder/x.pt: not a checkpoint of torch"));
  EXPECT_THAT(error_of_bytes(std::string(1000, 'x')), HasSubstr("not a checkpoint of torch"));
  EXPECT_THAT(error_of_bytes(EditableCheckpoint().pickle()),
              HasSubstr("not a checkpoint of torch"));
  EXPECT_THAT(
      error_of_bytes("\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."),
      HasSubstr("unsupported: folder/x.pt: a checkpoint in torch's form of before version"));
  EXPECT_THAT(error_of([] { load_openai_checkpoint("/none/x.pt"); }),
              HasSubstr("bad_file: /none/x.pt: No such file"));
}

TEST(OpenaiCheckpoint, SurvivesTruncationInFiftyPlaces) {
  const std::string bytes = EditableCheckpoint().bytes();
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_THAT(error_of_bytes(bytes.substr(0, bytes.size() * i / 50)),
                StartsWith("bad_file: folder/x.pt: "))
        << i;
  }
}

}  // namespace
}  // namespace tessera::whisper
