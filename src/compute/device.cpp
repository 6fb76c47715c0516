#include "src/compute/device.h"

#include "tessera/error.h"

namespace tessera::compute {

Precision parse_precision(std::string_view name) {
  if (name == "auto") return Precision::automatic;
  if (name == "f32") return Precision::f32;
  if (name == "bf16") return Precision::bf16;
  if (name == "int8") return Precision::int8;
  throw Error(ErrorCode::bad_argument,
              "precision: expected auto, f32, bf16 or int8, got '" + std::string(name) + "'");
}

const char* precision_name(Precision precision) {
  switch (precision) {
    case Precision::automatic:
      return "auto";
    case Precision::f32:
      return "f32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
  }
  return "?";
}

DeviceSpec DeviceSpec::parse(std::string_view text) {
  DeviceSpec spec;
  const std::size_t colon = text.find(':');
  spec.name = text.substr(0, colon);
  if (spec.name.empty()) {
    throw Error(ErrorCode::bad_argument,
                "device: expected name[:key=value,...], got '" + std::string(text) + "'");
  }
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw Error(ErrorCode::bad_argument,
                  "device " + spec.name + ": expected key=value, got '" + std::string(item) + "'");
    }
    spec.options[std::string(item.substr(0, equals))] = item.substr(equals + 1);
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return spec;
}

namespace {

[[noreturn]] void refuse(const Device& device, const char* what) {
  const std::string text = device.describe();
  throw Error(ErrorCode::unsupported, "device " + text.substr(0, text.find(':')) + ' ' + what);
}

}  // namespace

std::unique_ptr<EncoderEnds> Device::load_encoder_ends(std::shared_ptr<const ModelWeights>,
                                                       Precision) {
  refuse(*this, "computes no part of an encoder for others");
}

std::string Device::store_packed(std::shared_ptr<const ModelWeights>, Precision) {
  refuse(*this, "has no packed weights to store");
}

CalibrationReport Device::calibrate(std::shared_ptr<const ModelWeights>,
                                    std::span<const TensorView>, const CalibrationRequest&) {
  refuse(*this, "has nothing to calibrate");
}

}  // namespace tessera::compute
