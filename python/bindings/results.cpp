#include "python/bindings/results.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

namespace nb = nanobind;

namespace tessera::python {
namespace {

// The one list of each structure's members, which are called the same in Python.

template <class Visit>
void members(Word& word, Visit visit) {
  visit("text", word.text);
  visit("start_s", word.start_s);
  visit("end_s", word.end_s);
  visit("probability", word.probability);
}

template <class Visit>
void members(Segment& segment, Visit visit) {
  visit("id", segment.id);
  visit("seek_frames", segment.seek_frames);
  visit("start_s", segment.start_s);
  visit("end_s", segment.end_s);
  visit("text", segment.text);
  visit("tokens", segment.tokens);
  visit("temperature", segment.temperature);
  visit("avg_logprob", segment.avg_logprob);
  visit("compression_ratio", segment.compression_ratio);
  visit("no_speech_prob", segment.no_speech_prob);
  visit("words", segment.words);
  visit("speaker", segment.speaker);
}

template <class Visit>
void members(WindowAttempt& attempt, Visit visit) {
  visit("temperature", attempt.temperature);
  visit("avg_logprob", attempt.avg_logprob);
  visit("compression_ratio", attempt.compression_ratio);
  visit("too_repetitive", attempt.too_repetitive);
  visit("too_unlikely", attempt.too_unlikely);
}

template <class Visit>
void members(WindowReport& window, Visit visit) {
  visit("seek_frames", window.seek_frames);
  visit("frames", window.frames);
  visit("attempts", window.attempts);
  visit("no_speech_prob", window.no_speech_prob);
  visit("silence", window.silence);
  visit("next_frames", window.next_frames);
  visit("dropped_segments", window.dropped_segments);
  visit("retried", window.retried);
  visit("repetition", window.repetition);
}

template <class Visit>
void members(LeftOut& left_out, Visit visit) {
  visit("reason", left_out.reason);
  visit("start_s", left_out.start_s);
  visit("end_s", left_out.end_s);
  visit("text", left_out.text);
}

template <class Visit>
void members(StageSeconds& seconds, Visit visit) {
  visit("read", seconds.read);
  visit("mel", seconds.mel);
  visit("encode", seconds.encode);
  visit("decode", seconds.decode);
  visit("write", seconds.write);
  visit("ahead", seconds.ahead);
}

template <class Visit>
void members(LanguageDetection& language, Visit visit) {
  visit("language", language.language);
  visit("probability", language.probability);
}

template <class Visit>
void members(RunInfo& run, Visit visit) {
  visit("model", run.model);
  visit("system", run.system);
  visit("translated", run.translated);
  visit("multilingual", run.multilingual);
  visit("vocabulary_size", run.vocabulary_size);
  visit("language", run.language);
}

template <class Visit>
void members(Result& result, Visit visit) {
  visit("text", result.text);
  visit("segments", result.segments);
  visit("language", result.language);
  visit("language_probability", result.language_probability);
  visit("has_words", result.has_words);
  visit("duration_s", result.duration_s);
  visit("left_out", result.left_out);
  visit("seconds", result.seconds);
  visit("warnings", result.warnings);
}

template <class T>
constexpr const char* kClass = nullptr;
template <>
constexpr const char* kClass<Word> = "Word";
template <>
constexpr const char* kClass<Segment> = "Segment";
template <>
constexpr const char* kClass<WindowAttempt> = "WindowAttempt";
template <>
constexpr const char* kClass<WindowReport> = "WindowReport";
template <>
constexpr const char* kClass<LeftOut> = "LeftOut";
template <>
constexpr const char* kClass<StageSeconds> = "StageSeconds";
template <>
constexpr const char* kClass<LanguageDetection> = "LanguageDetection";
template <>
constexpr const char* kClass<RunInfo> = "RunInfo";
template <>
constexpr const char* kClass<Result> = "Result";

template <class T>
concept Structure = kClass<T>
!= nullptr;

class ToPython {
 public:
  template <class T>
  nb::object operator()(T& value) const {
    return nb::cast(value);
  }

  nb::object operator()(LeftOut::Reason& reason) const {
    return nb::str(left_out_reason_name(reason));
  }

  // A model may stop in the middle of a letter.
  nb::object operator()(std::string& text) const {
    return nb::steal(
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
  }

  template <Structure T>
  nb::object operator()(T& structure) const {
    return classes_.attr(kClass<T>)(**as_dict(structure));
  }

  template <Structure T>
  nb::dict as_dict(T& structure) const {
    nb::dict values;
    members(structure, [&](const char* name, auto& value) { values[name] = (*this)(value); });
    return values;
  }

  template <class T>
  requires Structure<T> || std::same_as<T, std::string> nb::object operator()(
      std::vector<T>& list) const {
    nb::list values;
    for (T& value : list) values.append((*this)(value));
    return values;
  }

  nb::object make(const char* name, const nb::dict& values) const {
    return classes_.attr(name)(**values);
  }

 private:
  nb::module_ classes_ = nb::module_::import_("tessera.results");
};

class FromPython {
 public:
  template <class T>
  void operator()(nb::handle value, T& member) const {
    member = nb::cast<T>(value);
  }

  void operator()(nb::handle value, LeftOut::Reason& reason) const {
    const auto name = nb::cast<std::string>(value);
    reason = name == "repetition" ? LeftOut::Reason::repetition : LeftOut::Reason::no_speech;
  }

  template <Structure T>
  void operator()(nb::handle value, T& structure) const {
    members(structure, [&](const char* name, auto& member) {
      const nb::object attribute = value.attr(name);
      try {
        (*this)(attribute, member);
      } catch (const nb::cast_error&) {
        throw nb::type_error((std::string(kClass<T>) + "." + name + ": got " +
                              nb::cast<std::string>(nb::repr(attribute)))
                                 .c_str());
      }
    });
  }

  template <Structure T>
  void operator()(nb::handle list, std::vector<T>& members_of_list) const {
    members_of_list.clear();
    for (const nb::handle value : list) (*this)(value, members_of_list.emplace_back());
  }
};

template <Structure T>
nb::object structure_to_python(const T& structure) {
  T copy = structure;  // the lists of members are for reading and writing
  return ToPython()(copy);
}

template <Structure T>
T structure_from_python(nb::handle value) {
  T structure;
  FromPython()(value, structure);
  return structure;
}

}  // namespace

nb::object to_python(const Segment& segment) { return structure_to_python(segment); }
nb::object to_python(const WindowReport& window) { return structure_to_python(window); }
nb::object to_python(const LanguageDetection& language) { return structure_to_python(language); }

nb::object to_python(const Result& result, const RunInfo& run) {
  Result copy = result;
  const ToPython convert;
  nb::dict values = convert.as_dict(copy);
  values["run"] = structure_to_python(run);
  return convert.make(kClass<Result>, values);
}

Result result_from_python(nb::handle result) { return structure_from_python<Result>(result); }
RunInfo run_from_python(nb::handle run) { return structure_from_python<RunInfo>(run); }

}  // namespace tessera::python
