#include "python/bindings/errors.h"

#include <new>
#include <string_view>

#include "tessera/error.h"

namespace nb = nanobind;

namespace tessera::python {
namespace {

// Messages name files, whose names may be any bytes.
nb::object message_to_python(std::string_view message) {
  return nb::steal(PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()),
                                        "surrogateescape"));
}

nb::object error_to_python(const Error& error) {
  return nb::module_::import_("tessera.errors")
      .attr("error_for")(error_code_name(error.code()), message_to_python(error.what()));
}

}  // namespace

nb::object error_to_python(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return error_to_python(known);
  } catch (const std::bad_alloc&) {
    return nb::handle(PyExc_MemoryError)();
  } catch (const std::exception& other) {
    return nb::handle(PyExc_RuntimeError)(message_to_python(other.what()));
  }
}

void bind_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void* /*payload*/) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      const nb::object raised = error_to_python(error);
      PyErr_SetObject(raised.type().ptr(), raised.ptr());
    }
  });
}

}  // namespace tessera::python
