#include "python/bindings/option_values.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "tessera/error.h"

namespace nb = nanobind;

namespace tessera::python {
namespace {

std::string shown(nb::handle value) { return nb::cast<std::string>(nb::repr(value)); }

[[noreturn]] void wrong_type(const std::string& name, const char* expected, nb::handle value) {
  const std::string type = nb::cast<std::string>(nb::handle(value.type()).attr("__name__"));
  throw nb::type_error(
      (name + ": expected " + expected + ", got " + shown(value) + " (" + type + ")").c_str());
}

// How each kind of member takes a value of Python's.

void assign(bool& member, const std::string& name, nb::handle value) {
  if (!PyBool_Check(value.ptr())) wrong_type(name, "a bool", value);
  member = nb::cast<bool>(value);
}

template <class Whole>
void assign_whole(Whole& member, const std::string& name, nb::handle value) {
  if (PyBool_Check(value.ptr()) || !PyIndex_Check(value.ptr())) wrong_type(name, "an int", value);
  const nb::object whole = nb::steal(PyNumber_Index(value.ptr()));
  if (!nb::try_cast(whole, member)) {
    using Limits = std::numeric_limits<Whole>;
    throw Error(ErrorCode::bad_argument, name + ": expected " + std::to_string(Limits::min()) +
                                             " to " + std::to_string(Limits::max()) + ", got " +
                                             shown(whole));
  }
}

void assign(int& member, const std::string& name, nb::handle value) {
  assign_whole(member, name, value);
}

void assign(std::uint64_t& member, const std::string& name, nb::handle value) {
  assign_whole(member, name, value);
}

void assign(double& member, const std::string& name, nb::handle value) {
  const double number = PyBool_Check(value.ptr()) ? -1 : PyFloat_AsDouble(value.ptr());
  if (PyBool_Check(value.ptr()) || (number == -1 && PyErr_Occurred() != nullptr)) {
    PyErr_Clear();
    wrong_type(name, "a float", value);
  }
  member = number;
}

// Text that may be missing is empty in the library, and None is Python's word for that.
void assign(std::string& member, const std::string& name, nb::handle value) {
  if (value.is_none()) {
    member.clear();
  } else if (nb::isinstance<nb::str>(value)) {
    Py_ssize_t bytes = 0;
    const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &bytes);
    if (text == nullptr) nb::raise_python_error();  // half of a surrogate pair
    member.assign(text, static_cast<std::size_t>(bytes));
  } else {
    wrong_type(name, "a str", value);
  }
}

void assign(Task& member, const std::string& name, nb::handle value) {
  if (value.is_none()) wrong_type(name, "a str", value);
  std::string task;
  assign(task, name, value);
  if (task != "transcribe" && task != "translate") {
    throw Error(ErrorCode::bad_argument,
                name + ": expected 'transcribe' or 'translate', got " + shown(value));
  }
  member = task == "translate" ? Task::translate : Task::transcribe;
}

template <class T>
void assign(std::optional<T>& member, const std::string& name, nb::handle value) {
  if (value.is_none()) {
    member.reset();
  } else {
    assign(member.emplace(), name, value);
  }
}

// A number alone is a list of one.
void assign(std::vector<double>& member, const std::string& name, nb::handle value) {
  std::vector<double> numbers;
  if (nb::isinstance<nb::str>(value) || !nb::hasattr(value, "__iter__")) {
    if (!PyNumber_Check(value.ptr())) wrong_type(name, "floats", value);
    assign(numbers.emplace_back(), name, value);
  } else {
    for (const nb::handle number : value) assign(numbers.emplace_back(), name, number);
  }
  member = std::move(numbers);
}

nb::object to_python(Task task) {
  return nb::str(task == Task::translate ? "translate" : "transcribe");
}

template <class T>
nb::object to_python(const T& value) {
  return nb::cast(value);
}

nb::object value_of(const NamedOption& option) {
  return std::visit([](const auto* member) { return to_python(*member); }, option.value);
}

nb::str name_of(const NamedOption& option) {
  return nb::str(option.name.data(), option.name.size());
}

[[noreturn]] void unknown_option(const std::vector<NamedOption>& options, const std::string& name) {
  nb::list names;
  for (const NamedOption& option : options) names.append(name_of(option));
  std::string message = "no option is called '" + name + "'";
  const nb::object similar = nb::module_::import_("difflib").attr("get_close_matches")(name, names);
  const char* between = "; did you mean ";
  for (const nb::handle one : similar) {
    message += between + shown(one);
    between = " or ";
  }
  throw nb::type_error(message.c_str());
}

nb::dict as_dict(const Options& options) {
  Options copy = options;  // the table leads to what can be changed
  nb::dict values;
  for (const NamedOption& option : named_options(copy)) values[name_of(option)] = value_of(option);
  return values;
}

std::string describe(const Options& options) {
  const nb::dict defaults = as_dict({});
  std::string text;
  for (const auto& [name, value] : as_dict(options)) {
    if (value.equal(defaults[name])) continue;
    text += (text.empty() ? "" : ", ") + nb::cast<std::string>(name) + "=" + shown(value);
  }
  return "Options(" + text + ")";
}

}  // namespace

void set_options(const std::vector<NamedOption>& options, const nb::dict& values) {
  for (const auto& [key, value] : values) {
    const std::string name = nb::cast<std::string>(key);
    const auto option = std::find_if(options.begin(), options.end(),
                                     [&](const NamedOption& one) { return one.name == name; });
    if (option == options.end()) unknown_option(options, name);
    std::visit([&, given = value](auto* member) { assign(*member, name, given); }, option->value);
  }
}

void bind_options(nb::module_& module) {
  nb::class_<Options> bound(module, "Options");
  bound.def("__init__", [](Options* self, const nb::kwargs& values) {
    new (self) Options();
    set_options(named_options(*self), values);
  });
  bound.def("replace", [](Options self, const nb::kwargs& values) {
    set_options(named_options(self), values);
    return self;
  });
  bound.def("to_dict", &as_dict);
  bound.def("__repr__", &describe);
  bound.def("__eq__", [](const Options& self, const nb::object& other) {
    return nb::isinstance<Options>(other) && as_dict(self).equal(as_dict(nb::cast<Options>(other)));
  });
  bound.def("__getstate__", &as_dict);
  bound.def("__setstate__", [](Options& self, const nb::dict& values) {
    new (&self) Options();
    set_options(named_options(self), values);
  });
  Options defaults;
  const std::vector<NamedOption> names = named_options(defaults);
  for (std::size_t i = 0; i < names.size(); ++i) {
    bound.def_prop_rw(
        names[i].name.data(),
        [i](const Options& self) {
          Options copy = self;
          return value_of(named_options(copy)[i]);
        },
        [i](Options& self, const nb::object& value) {
          const NamedOption option = named_options(self)[i];
          std::visit([&](auto* member) { assign(*member, std::string(option.name), value); },
                     option.value);
        },
        nb::arg().none());
  }
}

}  // namespace tessera::python
