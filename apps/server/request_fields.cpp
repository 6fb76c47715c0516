#include "apps/server/request_fields.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/server/field_value.h"
#include "apps/server/voice_fields.h"
#include "tessera/info.h"
#include "tessera/named_options.h"

namespace tessera::server {
namespace {

constexpr unsigned kTranscriptions = static_cast<unsigned>(Endpoint::transcriptions);
constexpr unsigned kTranslations = static_cast<unsigned>(Endpoint::translations);
constexpr unsigned kInference = static_cast<unsigned>(Endpoint::inference);
constexpr unsigned kOpenAi = kTranscriptions | kTranslations;
constexpr unsigned kAll = kOpenAi | kInference;

constexpr std::pair<std::string_view, ResponseFormat> kFormats[] = {
    {"json", ResponseFormat::json}, {"text", ResponseFormat::text},
    {"srt", ResponseFormat::srt},   {"verbose_json", ResponseFormat::verbose_json},
    {"vtt", ResponseFormat::vtt},   {"diarized_json", ResponseFormat::diarized_json}};

/// A request while it is read: what several fields mean together is settled at the end.
struct Draft {
  TranscriptionRequest request;
  int windows = 1;
  std::optional<double> temperature;
  std::optional<double> increment;
  std::optional<std::string> granularities_field;  // that was given
  bool word_times = false;
  double offset_s = 0;
  double duration_s = 0;
};

void set_language(const FieldValue& value, Draft& draft) {
  std::string& language = draft.request.options.language;
  language = value.text;
  if (language == "auto" || language == "None") language.clear();
  if (!language.empty() && find_language(language).empty()) {
    value.refuse("a language such as 'en', 'english' or 'auto'");
  }
}

void set_format(const FieldValue& value, Draft& draft) {
  for (const auto& [name, format] : kFormats) {
    if (value.text == name) {
      draft.request.format = format;
      return;
    }
  }
  value.refuse("json, text, srt, verbose_json, vtt or diarized_json");
}

void set_granularities(const FieldValue& value, Draft& draft) {
  // The first one that is named ends the default.
  if (!draft.granularities_field) draft.request.segments = false;
  draft.granularities_field = value.name;
  for (const std::string& granularity : value.list()) {
    if (granularity == "word") {
      draft.request.words = true;
    } else if (granularity == "segment") {
      draft.request.segments = true;
    } else {
      value.refuse("word or segment");
    }
  }
}

void set_include(const FieldValue& value, Draft& /*draft*/) {
  if (!value.list().empty()) {
    value.unsupported("nothing can be included; verbose_json has the scores of segments");
  }
}

void set_chunking(const FieldValue& value, Draft& draft) {
  if (value.text.empty()) return;
  if (value.text == "server_vad" && value.name == "chunking_strategy[type]") {
    use_server_vad(draft.request.options);
  } else if (value.text.front() == '{') {
    set_server_vad(value, draft.request.options);
  } else if (value.text != "auto") {
    value.unsupported("expected 'auto', which cuts at quiet moments, or server_vad");
  }
  draft.request.options.batch_size = std::max(2, draft.windows);
}

void add_keywords(const FieldValue& value, Draft& draft) {
  std::string& hotwords = draft.request.options.hotwords;
  if (value.text.empty()) return;
  hotwords += (hotwords.empty() ? "" : ", ") + value.text;
}

void refuse_speakers(const FieldValue& value, Draft& /*draft*/) {
  value.unsupported(
      "speakers are told apart by their channels alone; see the response_format diarized_json");
}

void set_task(const FieldValue& value, Draft& draft) {
  if (value.text != "transcribe" && value.text != "translate") {
    value.refuse("transcribe or translate");
  }
  draft.request.options.task = value.text == "translate" ? Task::translate : Task::transcribe;
}

/// For switches that say what happens anyway when they are off.
void refuse_when_on(const FieldValue& value, Draft& /*draft*/) {
  if (value.truth()) value.unsupported("this is not offered here");
}

void refuse_when_given(const FieldValue& value, Draft& /*draft*/) {
  if (!value.text.empty()) value.unsupported("the server chooses it");
}

void refuse_unless_zero(const FieldValue& value, Draft& /*draft*/) {
  if (value.number() != 0) value.unsupported("this is not offered here; expected 0");
}

/// For what has no meaning in our way of decoding, as the command line takes it.
void ignore(const FieldValue& /*value*/, Draft& /*draft*/) {}

struct Field {
  std::string_view name;
  FieldKind kind;
  unsigned endpoints;
  std::string_view description;
  void (*apply)(const FieldValue& value, Draft& draft);
};

constexpr Field kFields[] = {
    {"model", FieldKind::text, kAll, "Id of the model, or whisper-1",
     [](const FieldValue& v, Draft& d) { d.request.model = v.text; }},
    {"language", FieldKind::text, kTranscriptions | kInference,
     "What is spoken: a code, an English name, or auto, which detects it", set_language},
    {"prompt", FieldKind::text, kAll, "Text to go on from: names, spelling, style",
     [](const FieldValue& v, Draft& d) { d.request.options.initial_prompt = v.text; }},
    {"response_format", FieldKind::text, kAll,
     "json (default), text, srt, verbose_json, vtt, or diarized_json: each channel of the sound is "
     "transcribed as a speaker of its own",
     set_format},
    {"temperature", FieldKind::number, kAll,
     "Where the ladder of temperatures begins, 0 to 1; 0 (default) searches first",
     [](const FieldValue& v, Draft& d) { d.temperature = v.number(); }},
    {"timestamp_granularities[]", FieldKind::list, kTranscriptions,
     "segment (default), word, or both; with verbose_json", set_granularities},
    {"timestamp_granularities", FieldKind::list, kTranscriptions,
     "The same as timestamp_granularities[]", set_granularities},
    {"stream", FieldKind::truth, kTranscriptions,
     "Send text as it is understood, as server-sent events; with json, text or verbose_json",
     [](const FieldValue& v, Draft& d) { d.request.stream = v.truth(); }},
    {"chunking_strategy", FieldKind::text, kTranscriptions,
     "auto: cut at quiet moments and decode the pieces side by side; or a JSON object of the type "
     "server_vad: transcribe only speech, and cut at its pauses",
     set_chunking},
    {"chunking_strategy[type]", FieldKind::text, kTranscriptions, "The object's type: server_vad",
     set_chunking},
    {"chunking_strategy[threshold]", FieldKind::number, kTranscriptions, "As vad_threshold",
     [](const FieldValue& v, Draft& d) { d.request.options.vad_threshold = v.number(); }},
    {"chunking_strategy[prefix_padding_ms]", FieldKind::integer, kTranscriptions,
     "As vad_speech_pad_ms",
     [](const FieldValue& v, Draft& d) { d.request.options.vad_speech_pad_ms = v.integer(); }},
    {"chunking_strategy[silence_duration_ms]", FieldKind::integer, kTranscriptions,
     "As vad_min_silence_duration_ms",
     [](const FieldValue& v, Draft& d) {
       d.request.options.vad_min_silence_duration_ms = v.integer();
     }},
    {"vad_parameters", FieldKind::text, kAll,
     "JSON object: the options that begin with vad_, as faster-whisper names them",
     [](const FieldValue& v, Draft& d) { set_vad_parameters(v, d.request.options); }},
    {"vad_model", FieldKind::text, kAll, "Not offered: the server chooses it", refuse_when_given},
    {"include[]", FieldKind::list, kTranscriptions, "Nothing can be included", set_include},
    {"keywords[]", FieldKind::list, kTranscriptions, "Words to expect; as hotwords", add_keywords},
    {"known_speaker_names[]", FieldKind::list, kTranscriptions, "Not offered", refuse_speakers},
    {"known_speaker_references[]", FieldKind::list, kTranscriptions, "Not offered",
     refuse_speakers},
    {"task", FieldKind::text, kTranscriptions, "transcribe (default) or translate", set_task},
    {"temperature_inc", FieldKind::number, kAll,
     "Step of the ladder of temperatures (default: 0.2; 0: one temperature alone)",
     [](const FieldValue& v, Draft& d) { d.increment = v.number(); }},
    {"without_timestamps", FieldKind::truth, kTranscriptions, "Text that is not cut into segments",
     [](const FieldValue& v, Draft& d) { d.request.options.timestamps = !v.truth(); }},

    {"translate", FieldKind::truth, kInference, "To English",
     [](const FieldValue& v, Draft& d) {
       d.request.options.task = v.truth() ? Task::translate : Task::transcribe;
     }},
    {"detect_language", FieldKind::truth, kInference, "Not offered; verbose_json has the language",
     refuse_when_on},
    {"offset_t", FieldKind::integer, kInference, "Where to begin, in ms",
     [](const FieldValue& v, Draft& d) { d.offset_s = v.integer() / 1000.0; }},
    {"duration", FieldKind::integer, kInference, "How much to transcribe, in ms; 0: all",
     [](const FieldValue& v, Draft& d) { d.duration_s = v.integer() / 1000.0; }},
    {"offset_n", FieldKind::integer, kInference, "Not offered", refuse_unless_zero},
    {"max_context", FieldKind::integer, kInference,
     "0: windows are not shown the text before them; -1 (default): they are",
     [](const FieldValue& v, Draft& d) {
       if (v.integer() != 0 && v.integer() != -1) v.refuse("0 or -1");
       d.request.options.condition_on_previous_text = v.integer() != 0;
     }},
    {"max_len", FieldKind::integer, kInference, "Most characters in a segment; 0: any",
     [](const FieldValue& v, Draft& d) {
       if (v.integer() < 0) v.refuse("0 or more");
       d.request.max_segment_chars = v.integer();
     }},
    {"split_on_word", FieldKind::truth, kInference, "Segments are never cut within words", ignore},
    {"best_of", FieldKind::integer, kAll, "Samples at temperatures above 0 (default: 5)",
     [](const FieldValue& v, Draft& d) {
       if (v.integer() != -1) d.request.options.best_of = v.integer();
     }},
    {"beam_size", FieldKind::integer, kAll, "Hypotheses at temperature 0 (default: 5)",
     [](const FieldValue& v, Draft& d) {
       if (v.integer() != -1) d.request.options.beam_size = v.integer();
     }},
    {"audio_ctx", FieldKind::integer, kInference, "Not offered", refuse_unless_zero},
    {"word_thold", FieldKind::number, kInference, "Without effect", ignore},
    {"entropy_thold", FieldKind::number, kInference,
     "Without effect: another quantity than compression_ratio_threshold", ignore},
    {"logprob_thold", FieldKind::number, kInference, "As logprob_threshold",
     [](const FieldValue& v, Draft& d) { d.request.options.logprob_threshold = v.number(); }},
    {"no_speech_thold", FieldKind::number, kInference, "As no_speech_threshold",
     [](const FieldValue& v, Draft& d) { d.request.options.no_speech_threshold = v.number(); }},
    {"no_timestamps", FieldKind::truth, kInference, "Text that is not cut into segments",
     [](const FieldValue& v, Draft& d) { d.request.options.timestamps = !v.truth(); }},
    {"token_timestamps", FieldKind::truth, kInference, "Word times in verbose_json",
     [](const FieldValue& v, Draft& d) { d.word_times = v.truth(); }},
    {"suppress_nst", FieldKind::truth, kInference, "Always so", ignore},
    {"suppress_non_speech", FieldKind::truth, kInference, "Always so", ignore},
    {"no_language_probabilities", FieldKind::truth, kInference, "Always so", ignore},
    {"diarize", FieldKind::truth, kInference, "Not offered", refuse_when_on},
    {"tinydiarize", FieldKind::truth, kInference, "Not offered", refuse_when_on},
    {"vad", FieldKind::truth, kInference, "As vad_filter",
     [](const FieldValue& v, Draft& d) { d.request.options.vad_filter = v.truth(); }},
    {"vad_samples_overlap", FieldKind::number, kInference,
     "Without effect: vad_speech_pad_ms says what is kept around speech", ignore},
};

/// The spelling that other programs have for an option of the library.
std::string_view option_name(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
      {"clip_timestamps", "clip_timestamps_s"},
      {"hallucination_silence_threshold", "hallucination_silence_threshold_s"},
      {"max_initial_timestamp", "max_initial_timestamp_s"},
      {"temperature_increment_on_fallback", "temperature_inc"}};
  for (const auto& [theirs, ours] : kSpellings) {
    if (name == theirs) return ours;
  }
  return name;
}

/// Stores a value where an option of the library lies, by its type.
struct Store {
  const FieldValue& value;

  void operator()(bool* to) const { *to = value.truth(); }
  void operator()(int* to) const { *to = value.integer(); }
  void operator()(std::uint64_t* to) const {
    const int number = value.integer();
    if (number < 0) value.refuse("0 or more");
    *to = static_cast<std::uint64_t>(number);
  }
  void operator()(double* to) const { *to = value.number(); }
  void operator()(std::string* to) const { *to = value.text; }
  void operator()(Task* /*to*/) const { value.refuse("the field task"); }
  void operator()(std::optional<int>* to) const {
    *to = is_none() ? std::nullopt : std::optional(value.integer());
  }
  void operator()(std::optional<double>* to) const {
    *to = is_none() ? std::nullopt : std::optional(value.number());
  }
  void operator()(std::vector<double>* to) const { *to = value.numbers(); }

  bool is_none() const { return value.text.empty() || value.text == "None"; }
};

FieldKind kind_of(const OptionPointer& pointer) {
  struct Kind {
    FieldKind operator()(const bool*) const { return FieldKind::truth; }
    FieldKind operator()(const int*) const { return FieldKind::integer; }
    FieldKind operator()(const std::uint64_t*) const { return FieldKind::integer; }
    FieldKind operator()(const double*) const { return FieldKind::number; }
    FieldKind operator()(const std::string*) const { return FieldKind::text; }
    FieldKind operator()(const Task*) const { return FieldKind::text; }
    FieldKind operator()(const std::optional<int>*) const { return FieldKind::integer; }
    FieldKind operator()(const std::optional<double>*) const { return FieldKind::number; }
    FieldKind operator()(const std::vector<double>*) const { return FieldKind::list; }
  };
  return std::visit(Kind{}, pointer);
}

const Field* find_field(std::string_view name) {
  const auto* found = std::ranges::find(kFields, name, &Field::name);
  return found == std::end(kFields) ? nullptr : found;
}

/// Whether somebody knows the field.
bool apply(const FormField& given, Endpoint endpoint, Draft& draft) {
  const FieldValue value{given.name, given.text};
  const std::string_view name = option_name(given.name);
  if (const Field* field = find_field(name)) {
    if ((field->endpoints & static_cast<unsigned>(endpoint)) == 0) return false;
    if (!is_utf8(given.text)) value.refuse("UTF-8");
    field->apply(value, draft);
    return true;
  }
  for (const NamedOption& option : named_options(draft.request.options)) {
    if (option.name != name) continue;
    if (!is_utf8(given.text)) value.refuse("UTF-8");
    std::visit(Store{value}, option.value);
    return true;
  }
  return false;
}

/// openai/whisper's ladder: from the first temperature to 1 in equal steps.
void settle_temperatures(Draft& draft) {
  if (!draft.temperature && !draft.increment) return;
  constexpr double kSmallestStep = 0.01;
  const double first = draft.temperature.value_or(0);
  const double step = draft.increment.value_or(0.2);
  if (!(first >= 0 && first <= 1)) {
    throw HttpError(400, "invalid_value", "temperature: expected 0 to 1", "temperature");
  }
  if (step != 0 && !(step >= kSmallestStep)) {
    throw HttpError(400, "invalid_value", "temperature_inc: expected 0 or at least 0.01",
                    "temperature_inc");
  }
  std::vector<double>& ladder = draft.request.options.temperatures;
  ladder = {first};
  constexpr double kRounding = 1e-6;
  for (int i = 1; step != 0 && first + i * step <= 1 + kRounding; ++i) {
    ladder.push_back(std::min(1.0, first + i * step));
  }
}

void settle(Endpoint endpoint, Draft& draft) {
  TranscriptionRequest& request = draft.request;
  settle_temperatures(draft);
  constexpr std::size_t kMostTemperatures = 101;  // as many as the smallest step gives
  if (request.options.temperatures.size() > kMostTemperatures) {
    throw HttpError(400, "invalid_value", "temperatures: expected at most 101", "temperatures");
  }
  if (endpoint == Endpoint::translations) request.options.task = Task::translate;
  const bool verbose = request.format == ResponseFormat::verbose_json;
  if (draft.granularities_field && request.words && !verbose) {
    throw HttpError(
        400, "invalid_value",
        *draft.granularities_field + ": word times are in verbose_json; set response_format to it",
        *draft.granularities_field);
  }
  if (!request.words) request.segments = true;
  const bool words = request.words || draft.word_times || request.max_segment_chars > 0;
  if (words) request.options.word_timestamps = true;
  const bool streams =
      verbose || request.format == ResponseFormat::json || request.format == ResponseFormat::text;
  if (request.stream && !streams) {
    throw HttpError(400, "invalid_value",
                    "stream: events are sent with json, text or verbose_json alone", "stream");
  }
  if (request.format == ResponseFormat::diarized_json && request.options.channel >= 0) {
    throw HttpError(400, "invalid_value", "channel: not together with diarized_json", "channel");
  }
  if (draft.offset_s < 0 || draft.duration_s < 0) {
    throw HttpError(400, "invalid_value", "offset_t, duration: expected 0 or more", "offset_t");
  }
  if (draft.offset_s > 0 || draft.duration_s > 0) {
    request.options.clip_timestamps_s = {draft.offset_s};
    if (draft.duration_s > 0) {
      request.options.clip_timestamps_s.push_back(draft.offset_s + draft.duration_s);
    }
  }
}

}  // namespace

std::vector<FieldDescription> describe_fields() {
  std::vector<FieldDescription> all;
  for (const Field& field : kFields) {
    all.push_back({field.name, field.kind, field.endpoints, field.description});
    if (field.name == "response_format") {
      for (const auto& [name, format] : kFormats) all.back().values.push_back(name);
    }
  }
  static constexpr std::string_view kOption = "As the option of this name of the library";
  Options options;
  for (const NamedOption& option : named_options(options)) {
    if (find_field(option.name) != nullptr) continue;
    all.push_back({option.name, kind_of(option.value), kAll, kOption});
  }
  return all;
}

TranscriptionRequest read_fields(Endpoint endpoint, std::span<const FormField> fields,
                                 const Options& defaults, int windows) {
  Draft draft;
  draft.windows = windows;
  draft.request.options = defaults;
  for (const FormField& field : fields) {
    if (!apply(field, endpoint, draft)) draft.request.ignored.push_back(field.name);
  }
  settle(endpoint, draft);
  return std::move(draft.request);
}

}  // namespace tessera::server
