#include <memory>

#include "apps/cli/commands.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/stream_latency.h"
#include "apps/cli/stream_options.h"
#include "apps/cli/stream_output.h"
#include "apps/cli/stream_source.h"
#include "tessera/model.h"
#include "tessera/transcriber.h"

namespace tessera::cli {
namespace {

using LatencyClock = StreamLatency::Clock;

/// Sound from the source's thread to events, until it is over.
class StreamRun {
 public:
  explicit StreamRun(const StreamArguments& arguments)
      : arguments_(arguments),
        step_samples_(static_cast<std::size_t>(arguments.stream.step_ms) * 16),
        output_(make_output(arguments)) {}

  void run(Stream& stream, SampleQueue& queue) {
    for (;;) {
      const std::vector<float> samples = take(stream, queue);
      if (samples.empty()) break;
      const double came_s = static_cast<double>(samples.size() + queue.waiting()) / 16000;
      latency_.sound(stream.position_s() + came_s, LatencyClock::now());
      stream.push(samples);
    }
    stream.finish();
  }

  StreamCallbacks callbacks() {
    StreamCallbacks callbacks;
    callbacks.on_language = [this](const std::string& code, double probability) {
      output_->language(code, probability);
    };
    callbacks.on_partial = [this](const StreamText& text) { output_->partial(text); };
    callbacks.on_final = [this](const StreamText& words) {
      const double late_s = latency_.add(words, LatencyClock::now());
      output_->final_words(words, arguments_.latency ? std::optional(late_s) : std::nullopt);
    };
    callbacks.on_segment = [this](const StreamText& segment) { output_->segment(segment); };
    callbacks.on_endpoint = [this](double at_s) { output_->endpoint(at_s); };
    return callbacks;
  }

  std::string report(double heard_s) const { return latency_.report(heard_s, LatencyClock::now()); }

 private:
  static std::unique_ptr<StreamOutput> make_output(const StreamArguments& arguments) {
    if (arguments.json) return make_json_output();
    return make_line_output(!arguments.quiet &&
                            progress_style_for_terminal(ProgressStyle::none) == ProgressStyle::bar);
  }

  bool in_time() const { return arguments_.input != StreamInput::file; }

  std::vector<float> take(Stream& stream, SampleQueue& queue) const {
    try {
      return queue.take(piece(stream, queue));
    } catch (const Error&) {
      stream.finish();  // what came before the sound went bad counts
      throw;
    }
  }

  /// A step at a time, or, when sound has come in time and more than a step of it waits, all.
  std::size_t piece(const Stream& stream, const SampleQueue& queue) const {
    const double late_s = latency_.behind_s(stream.position_s(), LatencyClock::now());
    const bool late = in_time() && late_s * 16000 > static_cast<double>(step_samples_);
    return late ? std::max(queue.waiting(), step_samples_) : step_samples_;
  }

  const StreamArguments& arguments_;
  std::size_t step_samples_;
  std::unique_ptr<StreamOutput> output_;
  StreamLatency latency_;
};

int listen(const StreamArguments& arguments, const Interrupt& interrupt) {
  SoundReader reader = open_sound(arguments);
  Console console(arguments.quiet, ProgressStyle::none);
  const Model model = Model::load(arguments.common.model, arguments.common.model_dir);
  Transcriber transcriber(model, arguments.common.device);
  for (const std::string& note : arguments.common.notes) console.note(note);
  if (arguments.verbose) {
    console.note(model.describe());
    console.note(transcriber.describe());
  }
  StreamRun run(arguments);
  Stream stream(transcriber, arguments.stream, run.callbacks());
  {
    StreamSource source(std::move(reader), interrupt.token());
    run.run(stream, source.queue());
  }
  if (arguments.latency) console.note(run.report(stream.position_s()));
  return interrupt.signal() == 0 ? kExitOk : kExitSignal + interrupt.signal();
}

}  // namespace

int stream_command(const std::vector<std::string>& arguments) {
  StreamArguments parsed;
  if (!parse_stream_options(arguments, parsed)) return kExitOk;
  const Interrupt interrupt;
  return listen(parsed, interrupt);
}

}  // namespace tessera::cli
