#include "apps/server/http/form_reader.h"

#include <microhttpd.h>

#include <algorithm>
#include <cctype>
#include <new>

namespace tessera::server {
namespace {

/// Holds the headers of a part: the name of a field and of a file.
constexpr std::size_t kPartHeaderBytes = 4096;

MHD_Result take_part(void* reader, MHD_ValueKind /*kind*/, const char* key,
                     const char* /*filename*/, const char* /*content_type*/,
                     const char* /*transfer_encoding*/, const char* data, std::uint64_t offset,
                     std::size_t size) {
  try {
    static_cast<FormReader*>(reader)->add_part(key == nullptr ? "" : key, {data, size}, offset);
    return MHD_YES;
  } catch (...) {
    return MHD_NO;
  }
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

HttpError malformed() {
  return {400, "invalid_form",
          "the body is not multipart/form-data with the boundary that Content-Type names"};
}

}  // namespace

FormReader::FormReader(MHD_Connection* connection, const RequestHead& head,
                       const FormLimits& limits)
    : limits_(limits), processor_(nullptr) {
  const std::string type = lower_case(head.header("content-type"));
  if (!type.starts_with("multipart/form-data")) {
    throw HttpError(415, "unsupported_media_type",
                    "Content-Type: expected multipart/form-data with a field 'file'");
  }
  processor_ = MHD_create_post_processor(connection, kPartHeaderBytes, take_part, this);
  if (processor_ == nullptr) throw malformed();
}

FormReader::~FormReader() {
  if (processor_ != nullptr) MHD_destroy_post_processor(processor_);
}

void FormReader::add(std::span<const char> bytes) noexcept {
  if (error_) return;
  try {
    if (MHD_post_process(processor_, bytes.data(), bytes.size()) != MHD_YES && !error_) {
      error_ = malformed();
    }
  } catch (const std::bad_alloc&) {
    error_.emplace(503, "out_of_memory", "not enough memory for this request");
  }
}

Form FormReader::finish() {
  if (processor_ != nullptr) {
    const bool complete = MHD_destroy_post_processor(processor_) == MHD_YES;
    processor_ = nullptr;
    if (!complete && !error_) error_ = malformed();
  }
  // Without the boundary of the header nothing in a body is a part.
  if (!error_ && !form_.file && form_.fields.empty()) error_ = malformed();
  if (error_) throw HttpError(*error_);
  try {
    if (form_.file) form_.file->finish();
  } catch (const StorageFull& error) {
    throw HttpError(507, "insufficient_storage", error.what());
  }
  return std::move(form_);
}

void FormReader::add_part(const std::string& name, std::span<const char> bytes,
                          std::size_t offset) try {
  if (error_) return;
  if (name == "file") {
    add_to_file(bytes, offset == 0);
  } else {
    add_to_field(name, bytes, offset == 0);
  }
} catch (const HttpError& error) {
  error_ = error;
} catch (const StorageFull& error) {
  error_.emplace(507, "insufficient_storage", error.what());
} catch (const std::bad_alloc&) {
  error_.emplace(503, "out_of_memory", "not enough memory for this request");
}

void FormReader::add_to_file(std::span<const char> bytes, bool begins) {
  if (begins || !form_.file) {
    // A first piece may be empty; then the next one seems to be the first, too.
    if (form_.file && form_.file->size() > 0) {
      throw HttpError(400, "invalid_form", "file: expected one, got several", "file");
    }
    form_.file = std::make_shared<Upload>(limits_.folder, limits_.max_memory_bytes);
  }
  if (form_.file->size() + bytes.size() > limits_.max_file_bytes) {
    throw HttpError(413, "file_too_large",
                    "file: expected at most " + std::to_string(limits_.max_file_bytes) + " bytes",
                    "file");
  }
  form_.file->append(std::as_bytes(bytes));
}

void FormReader::add_to_field(const std::string& name, std::span<const char> bytes, bool begins) {
  // As above; a field that is there twice, the first time empty, has the second value.
  begins = form_.fields.empty() ||
           (begins && (form_.fields.back().name != name || !form_.fields.back().text.empty()));
  text_bytes_ += bytes.size() + (begins ? name.size() : 0);
  if (text_bytes_ > limits_.max_text_bytes) {
    throw HttpError(413, "form_too_large",
                    "the fields besides the file are longer than " +
                        std::to_string(limits_.max_text_bytes) + " bytes");
  }
  if (begins) {
    if (form_.fields.size() >= limits_.max_fields) {
      throw HttpError(413, "form_too_large",
                      "the form has more than " + std::to_string(limits_.max_fields) + " fields");
    }
    form_.fields.push_back({name, {}});
  }
  form_.fields.back().text.append(bytes.data(), bytes.size());
}

}  // namespace tessera::server
