// Transcripts as the interfaces give them.
#pragma once

#include <string>
#include <string_view>

#include "apps/server/http/message.h"
#include "apps/server/request_fields.h"
#include "tessera/result.h"

namespace tessera::server {

/// The answer to a request whose transcript is `result`.
Response format_transcript(Result result, const TranscriptionRequest& request, Endpoint endpoint);

/// Server-sent events: a line of JSON and an empty one. OpenAI's names.
std::string delta_event(std::string_view text);
/// A segment with its times; with words if it has any.
std::string segment_event(const Segment& segment);
std::string done_event(const Result& result);
std::string error_event(const HttpError& error);
/// What clients ignore; keeps proxies from closing a silent connection.
inline constexpr std::string_view kHeartbeat = ": still at work\n\n";

/// {"error": {...}}
std::string error_json(const HttpError& error);

}  // namespace tessera::server
