// A multipart form, read as it comes in.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "apps/server/http/message.h"

struct MHD_Connection;
struct MHD_PostProcessor;

namespace tessera::server {

/// What a form may hold.
struct FormLimits {
  std::size_t max_file_bytes = std::size_t{25} << 20;
  std::size_t max_text_bytes = std::size_t{256} << 10;  ///< of all fields and their names
  std::size_t max_fields = 256;
  std::size_t max_memory_bytes = std::size_t{1} << 20;  ///< of the file; what is above is on disk
  std::string folder = "/tmp";                          ///< for files
};

/// Takes a body of multipart/form-data in pieces of any size. What is wrong with it is kept until
/// the end, so that the client has sent all before it is answered.
class FormReader {
 public:
  /// Throws HttpError when the request's Content-Type is not that of such a form.
  FormReader(MHD_Connection* connection, const RequestHead& head, const FormLimits& limits);
  ~FormReader();
  FormReader(const FormReader&) = delete;
  FormReader& operator=(const FormReader&) = delete;

  void add(std::span<const char> bytes) noexcept;
  /// The form. Throws HttpError.
  Form finish();

  /// A piece of a part; `offset` is 0 for its first.
  void add_part(const std::string& name, std::span<const char> bytes, std::size_t offset);

 private:
  void add_to_file(std::span<const char> bytes, bool begins);
  void add_to_field(const std::string& name, std::span<const char> bytes, bool begins);

  FormLimits limits_;
  MHD_PostProcessor* processor_;
  Form form_;
  std::size_t text_bytes_ = 0;
  std::optional<HttpError> error_;
};

}  // namespace tessera::server
