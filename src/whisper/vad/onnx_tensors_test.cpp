#include "src/whisper/vad/onnx_tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/whisper/vad/silero_net.h"
#include "src/whisper/vad/test_silero.h"

namespace tessera::whisper {
namespace {

using testing::HasSubstr;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(value | 0x80U);
  return bytes + static_cast<char>(value);
}

std::string number(int field, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3U) + varint(value);
}

std::string bytes(int field, const std::string& value) {
  return varint((static_cast<std::uint64_t>(field) << 3U) | 2U) + varint(value.size()) + value;
}

std::string tensor(const std::string& name, const std::vector<int>& shape,
                   const std::vector<float>& values, bool packed = false) {
  std::string dims, packed_dims;
  for (const int size : shape) {
    dims += number(1, static_cast<std::uint64_t>(size));
    packed_dims += varint(static_cast<std::uint64_t>(size));
  }
  return (packed ? bytes(1, packed_dims) : dims) + number(2, 1) + bytes(8, name) +
         bytes(9, std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size()));
}

/// A model with other fields before and behind the graph, and in it.
std::string model(const std::vector<std::string>& tensors) {
  std::string graph = bytes(1, "a node") + bytes(2, "graph");
  for (const std::string& tensor : tensors) graph += bytes(5, tensor);
  return number(1, 8) + bytes(2, "pytorch") + bytes(7, graph) + bytes(8, "opset");
}

std::vector<OnnxTensor> read(const std::string& file) {
  return onnx_tensors(std::as_bytes(std::span(file)), "x.onnx");
}

TEST(OnnxTensors, FindsThoseOfFloat32) {
  const std::string file =
      model({tensor("a", {2, 3}, {1, 2, 3, 4, 5, 6}),
             number(1, 1) + number(2, 7) + bytes(8, "int64") + bytes(9, std::string(8, '\0')),
             tensor("scalar", {}, {7}), tensor("b", {1, 2}, {8, 9}, true)});
  const std::vector<OnnxTensor> tensors = read(file);
  ASSERT_EQ(tensors.size(), 3U);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(tensors[0].data.size(), 24U);
  EXPECT_TRUE(tensors[1].shape.empty());
  EXPECT_EQ(tensors[2].shape, (std::vector<std::int64_t>{1, 2}));
}

TEST(OnnxTensors, RefusesSizesThatLie) {
  const auto error = [](const std::vector<int>& shape) {
    return error_of([&] { read(model({tensor("a", shape, {1, 2})})); });
  };
  EXPECT_EQ(error({3}), "bad_file: x.onnx: a tensor's 8 bytes are not what its shape says");
  for (const std::vector<int>& shape : std::vector<std::vector<int>>{
           {1}, {-1}, {-2, -1}, {1 << 30, 1 << 30, 1 << 30}, {2, 1, 1, 1, 1, 1, 1, 1, 1}}) {
    EXPECT_THAT(error(shape), HasSubstr("not what its shape says"));
  }
}

TEST(OnnxTensors, RefusesWhatIsNoModel) {
  EXPECT_EQ(error_of([] { read(""); }), "bad_file: x.onnx: expected an ONNX model, found no graph");
  EXPECT_THAT(error_of([] { read(std::string(20, '\xff')); }), HasSubstr("more than 64 bits"));
  EXPECT_THAT(error_of([] { read("\x0b"); }), HasSubstr("wire type 3"));
}

TEST(OnnxTensors, SurvivesTruncationEverywhere) {
  const std::string file = model({tensor("a", {2, 3}, {1, 2, 3, 4, 5, 6})});
  for (std::size_t size = 0; size < file.size(); ++size) {
    const std::string error = error_of([&] { read(file.substr(0, size)); });
    EXPECT_TRUE(error.empty() || error.starts_with("bad_file: x.onnx: ")) << size << " " << error;
  }
}

TEST(SileroWeights, AreTheSameFromBothKindsOfFile) {
  const SileroTensors tensors = made_up_silero();
  const std::pair<const char*, const char*> names[] = {
      {"stft_conv.weight", "model.stft.forward_basis_buffer"},
      {"conv1.weight", "model.encoder.0.reparam_conv.weight"},
      {"conv1.bias", "model.encoder.0.reparam_conv.bias"},
      {"conv2.weight", "model.encoder.1.reparam_conv.weight"},
      {"conv2.bias", "model.encoder.1.reparam_conv.bias"},
      {"conv3.weight", "model.encoder.2.reparam_conv.weight"},
      {"conv3.bias", "model.encoder.2.reparam_conv.bias"},
      {"conv4.weight", "model.encoder.3.reparam_conv.weight"},
      {"conv4.bias", "model.encoder.3.reparam_conv.bias"},
      {"lstm_cell.weight_ih", "model.decoder.rnn.weight_ih"},
      {"lstm_cell.weight_hh", "model.decoder.rnn.weight_hh"},
      {"lstm_cell.bias_ih", "model.decoder.rnn.bias_ih"},
      {"lstm_cell.bias_hh", "model.decoder.rnn.bias_hh"},
      {"final_conv.weight", "model.decoder.decoder.2.weight"},
      {"final_conv.bias", "model.decoder.decoder.2.bias"}};
  std::vector<std::string> parts;
  for (const auto& [ours, theirs] : names) {
    parts.push_back(tensor(theirs, tensors.at(ours).shape, tensors.at(ours).values));
  }
  const std::string onnx = model(parts), safetensors = silero_bytes(tensors);
  const SileroWeights a(std::as_bytes(std::span(onnx)), "a.onnx");
  const SileroWeights b(std::as_bytes(std::span(safetensors)), "b.safetensors");
  for (const auto& [name, tensor] : tensors) {
    const std::vector<std::int64_t> shape(tensor.shape.begin(), tensor.shape.end());
    EXPECT_EQ(a.tensor(name, shape), tensor.values) << name;
    EXPECT_EQ(b.tensor(name, shape), tensor.values) << name;
  }
  EXPECT_NO_THROW(SileroNet{a});
}

}  // namespace
}  // namespace tessera::whisper
