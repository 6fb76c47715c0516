// What can be done with a model once, before it is used many times.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "tessera/error.h"
#include "tessera/model.h"
#include "tessera/transcriber.h"

namespace tessera {

/// Writes a model's weights as the device computes with them into a file beside the model, from
/// where every later Transcriber maps them: it is then ready in a fraction of the time, and
/// processes share the memory. A file that no longer fits the model, the precision or this machine
/// is made anew when it is next asked for. Returns its path. Throws Error{unsupported} for a device
/// or a model that has no such file, Error{bad_file} when it cannot be written.
TESSERA_API std::string pack_model(const Model& model, const DeviceOptions& options = {});

/// The numbers that each part of the model is computed in, a line per part: "encoder 3: qkv int8,
/// attention int8, out int8, up int8, down bf16".
TESSERA_API std::string describe_plan(const Model& model, const DeviceOptions& options = {});

struct CalibrationOptions {
  DeviceOptions device;
  /// What the encoder's output may differ from float32's, as |x - y| / |y| over all positions.
  double largest_error = 0.03;
  /// Windows of 30 s that are listened to at most, taken from all the files in turn.
  int windows = 4;
};

/// One part of the encoder and how far the output is from float32's when this part alone is in
/// int8.
struct PartError {
  std::string part;  ///< "encoder 3 qkv"
  double error = 0;
  bool kept_in_bf16 = false;
};

struct Calibration {
  std::vector<PartError> parts;  ///< the worst first
  double int8_error = 0;         ///< with all parts in int8
  double error = 0;              ///< with those in bf16 that were kept there
  std::string path;              ///< of the plan
};

struct CalibrationCallbacks {
  /// Parts that were measured, of how many.
  std::function<void(int done, int total)> on_progress;
  std::stop_token stop;
};

/// Measures on real sound what int8 costs in each part of the encoder, keeps the worst parts in
/// bfloat16 until the error is small enough, and stores the plan beside the model, where every
/// later Transcriber with precision int8 finds it. Throws what Transcriber and its transcribe_file
/// throw.
TESSERA_API Calibration calibrate_model(const Model& model, const std::vector<std::string>& files,
                                        const CalibrationOptions& options = {},
                                        const CalibrationCallbacks& callbacks = {});

}  // namespace tessera
