// The fields of a request's form: one table for reading and for describing them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/http/message.h"
#include "tessera/options.h"

namespace tessera::server {

/// Where a form is sent to; bits, since a field may belong to several.
enum class Endpoint : unsigned {
  transcriptions = 1,  ///< POST /v1/audio/transcriptions, OpenAI's
  translations = 2,    ///< POST /v1/audio/translations
  inference = 4,       ///< POST /inference, whisper.cpp's
};

enum class ResponseFormat { json, text, srt, verbose_json, vtt, diarized_json };

/// What a request asks for besides its file.
struct TranscriptionRequest {
  Options options;
  std::string model;  ///< empty when none was named
  ResponseFormat format = ResponseFormat::json;
  bool stream = false;
  bool segments = true;              ///< in verbose_json
  bool words = false;                ///< in verbose_json, at its top
  int max_segment_chars = 0;         ///< cut segments to this length; 0: as they are
  std::vector<std::string> ignored;  ///< names of fields that mean nothing here
};

/// How a field's value is written.
enum class FieldKind { text, integer, number, truth, list };

/// A field, as it is described to clients.
struct FieldDescription {
  std::string_view name;
  FieldKind kind;
  unsigned endpoints;  ///< bits of Endpoint
  std::string_view description;
  std::vector<std::string_view> values = {};  ///< when there are few
};

/// Every field but `file`, in the order in which they are documented: those of the interfaces that
/// we speak, then all options of the library by their names.
std::vector<FieldDescription> describe_fields();

/// What the fields say, over `defaults`. `windows` is how many the server decodes at the same time.
/// Throws HttpError naming the first field that is wrong or asks for what there is not; fields that
/// nobody knows are ignored and listed.
TranscriptionRequest read_fields(Endpoint endpoint, std::span<const FormField> fields,
                                 const Options& defaults, int windows);

}  // namespace tessera::server
