#include "src/whisper/vad/onnx_tensors.h"

#include <optional>

#include "tessera/error.h"

namespace tessera::whisper {
namespace {

// Numbers of fields in onnx.proto.
constexpr std::uint64_t kModelGraph = 7;
constexpr std::uint64_t kGraphInitializer = 5;
constexpr std::uint64_t kTensorDims = 1, kTensorType = 2, kTensorName = 8, kTensorRaw = 9;
constexpr std::uint64_t kFloat32 = 1;

constexpr std::size_t kMostDims = 8;
constexpr std::int64_t kMostElements = std::int64_t{1} << 31;

/// One field of a message: a number or bytes.
struct Field {
  std::uint64_t number = 0;
  bool is_bytes = false;
  std::uint64_t value = 0;
  std::span<const std::byte> bytes;
};

/// Goes through the fields of a message.
class Message {
 public:
  Message(std::span<const std::byte> bytes, const std::string& where)
      : rest_(bytes), where_(where) {}

  /// The next field; nothing at the end.
  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const std::uint64_t key = varint();
    Field field;
    field.number = key >> 3U;
    switch (key & 7U) {
      case 0:
        field.value = varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        field.is_bytes = true;
        field.bytes = take(varint());
        break;
      case 5:
        take(4);
        break;
      default:
        fail("expected an ONNX model, found a field of wire type " + std::to_string(key & 7U));
    }
    return field;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(take(1).front());
      value |= (byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
    fail("expected an ONNX model, found a number of more than 64 bits");
  }

  bool at_end() const { return rest_.empty(); }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::bad_file, where_ + ": " + problem);
  }

 private:
  std::span<const std::byte> take(std::uint64_t count) {
    if (count > rest_.size()) {
      fail("truncated: expected " + std::to_string(count) + " bytes more, found " +
           std::to_string(rest_.size()));
    }
    const auto taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  std::span<const std::byte> rest_;
  const std::string& where_;
};

void add_dims(const Field& field, const std::string& where, std::vector<std::int64_t>& shape) {
  if (!field.is_bytes) {
    shape.push_back(static_cast<std::int64_t>(field.value));
    return;
  }
  Message packed(field.bytes, where);  // several numbers in a row
  while (!packed.at_end() && shape.size() <= kMostDims) {
    shape.push_back(static_cast<std::int64_t>(packed.varint()));
  }
}

/// Nothing for a tensor that is not of float32 or keeps its numbers elsewhere.
std::optional<OnnxTensor> read_tensor(std::span<const std::byte> bytes, const std::string& where) {
  OnnxTensor tensor;
  std::uint64_t type = 0;
  bool raw = false;
  Message message(bytes, where);
  while (const std::optional<Field> field = message.next()) {
    if (field->number == kTensorDims) {
      add_dims(*field, where, tensor.shape);
    } else if (field->number == kTensorType && !field->is_bytes) {
      type = field->value;
    } else if (field->number == kTensorName && field->is_bytes) {
      tensor.name.assign(reinterpret_cast<const char*>(field->bytes.data()), field->bytes.size());
    } else if (field->number == kTensorRaw && field->is_bytes) {
      tensor.data = field->bytes;
      raw = true;
    }
  }
  if (type != kFloat32 || !raw) return std::nullopt;
  std::int64_t elements = 1;
  for (const std::int64_t size : tensor.shape) {
    if (size < 0 || (size > 0 && elements > kMostElements / size)) elements = kMostElements + 1;
    if (elements > kMostElements) break;
    elements *= size;
  }
  if (tensor.shape.size() > kMostDims || elements > kMostElements ||
      tensor.data.size() != static_cast<std::size_t>(elements) * sizeof(float)) {
    message.fail("a tensor's " + std::to_string(tensor.data.size()) +
                 " bytes are not what its shape says");
  }
  return tensor;
}

}  // namespace

std::vector<OnnxTensor> onnx_tensors(std::span<const std::byte> file, const std::string& where) {
  std::vector<OnnxTensor> tensors;
  bool found = false;
  Message model(file, where);
  while (const std::optional<Field> part = model.next()) {
    if (part->number != kModelGraph || !part->is_bytes) continue;
    found = true;
    Message graph(part->bytes, where);
    while (const std::optional<Field> field = graph.next()) {
      if (field->number != kGraphInitializer || !field->is_bytes) continue;
      std::optional<OnnxTensor> tensor = read_tensor(field->bytes, where);
      if (tensor) tensors.push_back(std::move(*tensor));
    }
  }
  if (!found) model.fail("expected an ONNX model, found no graph");
  return tensors;
}

}  // namespace tessera::whisper
