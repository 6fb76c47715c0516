// The grammar of `random:...` model names.
#include <charconv>
#include <functional>
#include <vector>

#include "src/whisper/json_file.h"
#include "src/whisper/official_models.h"
#include "src/whisper/random_model.h"
#include "tessera/error.h"

namespace tessera::whisper {
namespace {

constexpr std::string_view kScheme = "random:";
constexpr std::int64_t kLargestF32Model = 500'000'000;  // parameters: 2 GB

[[noreturn]] void fail(std::string_view text, const std::string& what) {
  throw Error(ErrorCode::bad_argument, "model " + printable(text) + ": " + what);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Options with a whole number. The limits keep any combination loadable by check_dims.
struct NumberOption {
  std::string_view key;
  std::uint64_t low, high, step;
  void (*apply)(RandomModelSpec& spec, int value);
};

void set_width(RandomModelSpec& spec, int width) {
  compute::ModelDims& d = spec.dims;
  d.n_audio_state = d.n_text_state = width;
  d.n_audio_heads = d.n_text_heads = width / 64;
  d.n_audio_ffn = d.n_text_ffn = 4 * width;
}

constexpr NumberOption kNumberOptions[] = {
    {"vocab", 1, 1 << 20, 1, [](RandomModelSpec& s, int n) { s.dims.n_vocab = n; }},
    {"width", 64, 4096, 64, set_width},
    {"layers", 1, 128, 1,
     [](RandomModelSpec& s, int n) { s.dims.n_audio_layers = s.dims.n_text_layers = n; }},
    {"encoder_layers", 1, 128, 1, [](RandomModelSpec& s, int n) { s.dims.n_audio_layers = n; }},
    {"decoder_layers", 1, 128, 1, [](RandomModelSpec& s, int n) { s.dims.n_text_layers = n; }},
    {"mels", 1, 1024, 1, [](RandomModelSpec& s, int n) { s.dims.n_mels = n; }},
    {"audio_ctx", 1, 24000, 1, [](RandomModelSpec& s, int n) { s.dims.n_audio_ctx = n; }},
    {"text_ctx", 1, 8192, 1, [](RandomModelSpec& s, int n) { s.dims.n_text_ctx = n; }},
};

std::uint64_t parse_number(std::string_view text, std::string_view key, std::string_view value) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    fail(text, std::string(key) + ": expected a whole number, got '" + printable(value) + "'");
  }
  return number;
}

compute::DType parse_dtype(std::string_view text, std::string_view value) {
  for (const auto dtype : {compute::DType::f32, compute::DType::f16, compute::DType::bf16}) {
    if (value == compute::dtype_name(dtype)) return dtype;
  }
  fail(text, "dtype: expected f32, f16 or bf16, got '" + printable(value) + "'");
}

void apply_number(RandomModelSpec& spec, std::string_view text, const NumberOption& option,
                  std::string_view value) {
  const std::uint64_t number = parse_number(text, option.key, value);
  if (number < option.low || number > option.high || number % option.step != 0) {
    fail(text, std::string(option.key) + ": expected " +
                   (option.step > 1 ? "a multiple of " + std::to_string(option.step) + " " : "") +
                   "from " + std::to_string(option.low) + " to " + std::to_string(option.high) +
                   ", got " + std::string(value));
  }
  option.apply(spec, static_cast<int>(number));
}

/// Applies one option; returns true for dtype, which then is no longer chosen by size.
bool apply_option(RandomModelSpec& spec, std::string_view text, std::string_view option) {
  const std::size_t equals = option.find('=');
  const std::string_view key = option.substr(0, equals);
  if (option == "outliers") {
    spec.outliers = true;
    return false;
  }
  if (equals != std::string_view::npos) {
    const std::string_view value = option.substr(equals + 1);
    if (key == "dtype") {
      spec.dtype = parse_dtype(text, value);
      return true;
    }
    if (key == "seed") {
      spec.seed = parse_number(text, key, value);
      return false;
    }
    for (const NumberOption& number : kNumberOptions) {
      if (key != number.key) continue;
      apply_number(spec, text, number, value);
      return false;
    }
  }
  fail(text, "unknown option '" + printable(option) +
                 "', expected outliers or seed, layers, encoder_layers, decoder_layers, width, "
                 "vocab, mels, audio_ctx, text_ctx or dtype with =VALUE");
}

std::int64_t count_parameters(const compute::ModelDims& dims) {
  compute::ModelWeights shapes;
  shapes.dims = dims;
  std::int64_t count = 0;
  for (const compute::WeightSlot& slot : compute::weight_slots(shapes)) {
    count += slot.shape[0] * slot.shape[1] * slot.shape[2];
  }
  return count;
}

}  // namespace

bool is_random_model(std::string_view name) { return name.starts_with(kScheme); }

RandomModelSpec parse_random_model(std::string_view text) {
  if (!is_random_model(text)) fail(text, "expected random:NAME[,OPTION...]");
  const std::vector<std::string_view> parts = split(text.substr(kScheme.size()), ',');
  const OfficialModel* official = find_official_model(parts[0]);
  if (official == nullptr) {
    fail(text, "unknown size '" + printable(parts[0]) +
                   "', expected tiny, base, small, medium, large or turbo");
  }
  RandomModelSpec spec;
  spec.name = official->name;
  spec.dims = official->dims;
  bool dtype_given = false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (apply_option(spec, text, parts[i])) dtype_given = true;
  }
  if (!dtype_given && count_parameters(spec.dims) > kLargestF32Model) {
    spec.dtype = compute::DType::f16;
  }
  return spec;
}

}  // namespace tessera::whisper
