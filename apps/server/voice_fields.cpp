#include "apps/server/voice_fields.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace tessera::server {
namespace {

using FieldJson = nlohmann::json;

/// An object of plain values. Whatever is nested goes no further than the parser: to copy or print
/// it takes stack for each level.
FieldJson object_of(const FieldValue& value) {
  bool nested = false;
  const auto keep = [&](int depth, FieldJson::parse_event_t event, const FieldJson&) {
    const bool begins = event == FieldJson::parse_event_t::object_start ||
                        event == FieldJson::parse_event_t::array_start;
    nested = nested || (begins && depth > 0);
    return !nested;
  };
  FieldJson json = FieldJson::parse(value.text, keep, false);
  if (nested || !json.is_object()) value.refuse("a JSON object of numbers and words");
  return json;
}

/// A member as the text of a field of its own, so that it is checked as one.
template <class Take>
void take_member(const FieldValue& value, const std::string& name, const FieldJson& member,
                 Take take) {
  const std::string text = member.is_string() ? member.get<std::string>() : member.dump();
  take(FieldValue{std::string(value.name) + "." + name, text});
}

}  // namespace

void set_vad_parameters(const FieldValue& value, Options& options) {
  const FieldJson parameters = object_of(value);
  for (const auto& [name, member] : parameters.items()) {
    const bool none = member.is_null();
    take_member(value, name, member, [&, name = name](const FieldValue& v) {
      if (name == "threshold") {
        options.vad_threshold = v.number();
      } else if (name == "neg_threshold") {
        options.vad_neg_threshold = none ? std::nullopt : std::optional(v.number());
      } else if (name == "min_speech_duration_ms") {
        options.vad_min_speech_duration_ms = v.integer();
      } else if (name == "max_speech_duration_s") {
        const bool unbounded = none || v.text == "inf";
        options.vad_max_speech_duration_s =
            unbounded ? std::numeric_limits<double>::infinity() : v.number();
      } else if (name == "min_silence_duration_ms") {
        options.vad_min_silence_duration_ms = v.integer();
      } else if (name == "speech_pad_ms") {
        options.vad_speech_pad_ms = v.integer();
      } else {
        value.refuse("the names of faster-whisper's VadOptions");
      }
    });
  }
}

void use_server_vad(Options& options) {
  options.vad_filter = true;
  options.vad_threshold = 0.5;
  options.vad_speech_pad_ms = 300;
  options.vad_min_silence_duration_ms = 200;
}

void set_server_vad(const FieldValue& value, Options& options) {
  const FieldJson strategy = object_of(value);
  if (strategy.value("type", FieldJson()) != "server_vad") {
    value.unsupported("expected 'auto' or an object of the type server_vad");
  }
  use_server_vad(options);
  for (const auto& [name, member] : strategy.items()) {
    take_member(value, name, member, [&, name = name](const FieldValue& v) {
      if (name == "threshold") {
        options.vad_threshold = v.number();
      } else if (name == "prefix_padding_ms") {
        options.vad_speech_pad_ms = v.integer();
      } else if (name == "silence_duration_ms") {
        options.vad_min_silence_duration_ms = v.integer();
      } else if (name != "type") {
        value.refuse("threshold, prefix_padding_ms or silence_duration_ms");
      }
    });
  }
}

}  // namespace tessera::server
