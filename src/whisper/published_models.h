// Where OpenAI publishes its models, and the checksums by which they are known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tessera::whisper {

/// A checkpoint of openai/whisper. Several names may mean one file.
struct PublishedModel {
  std::string_view name;    ///< what people ask for: "base", "turbo"
  std::string_view file;    ///< "base.pt", "large-v3-turbo.pt"
  std::string_view sha256;  ///< 64 lower-case hexadecimal digits
};

/// The server's address, to which published_path is added.
inline constexpr std::string_view kPublisher = "https://openaipublic.azureedge.net";

/// Every name, in the publisher's order. Source: _MODELS in whisper/__init__.py of openai/whisper
/// 20250625, where the checksum is the part of the path before the file's name.
std::span<const PublishedModel> published_models();

/// The model of that name, or nullptr.
const PublishedModel* find_published_model(std::string_view name);

/// "/main/whisper/models/SHA256/FILE", on the publisher's server and on its mirrors.
std::string published_path(const PublishedModel& model);

}  // namespace tessera::whisper
