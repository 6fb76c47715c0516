// Fields about voice activity that are not one value each.
#pragma once

#include "apps/server/field_value.h"
#include "tessera/options.h"

namespace tessera::server {

/// faster-whisper's vad_parameters: a JSON object with the names of its VadOptions.
void set_vad_parameters(const FieldValue& value, Options& options);

/// OpenAI's server_vad for chunking_strategy, with its defaults.
void use_server_vad(Options& options);

/// chunking_strategy as a JSON object: {"type": "server_vad", "threshold": 0.5,
/// "prefix_padding_ms": 300, "silence_duration_ms": 200}.
void set_server_vad(const FieldValue& value, Options& options);

}  // namespace tessera::server
