#include "bench/peers/peers_suite.h"

#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <thread>

#include "bench/engine_options.h"
#include "bench/peers/own_engine.h"
#include "bench/peers/peer_process.h"
#include "bench/report.h"
#include "src/base/thread_pool.h"
#include "src/whisper/tokenizer.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

namespace fs = std::filesystem;

/// Far below what rounding to 8 bits costs: what is below computes something else.
constexpr double kLeastCosine = 0.9;
constexpr int kEncoderRuns = 2;

/// A folder that goes away with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = (fs::temp_directory_path() / "tessera-peers-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
      throw Error(ErrorCode::bad_file, path + ": cannot be made");
    }
    path_ = path;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Keeps this process, and so its children, on the first `threads` of the cores it may use.
void stay_on_cores(int threads) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int core = 0, left = threads; core < CPU_SETSIZE && left > 0; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    CPU_SET(core, &chosen);
    --left;
  }
  sched_setaffinity(0, sizeof chosen, &chosen);
}

/// Some libraries ask the environment and not their caller.
void set_thread_variables(int threads) {
  const std::string count = std::to_string(threads);
  for (const char* name : {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}) {
    setenv(name, count.c_str(), 1);
  }
}

std::string load_average() {
  double load = 0;
  if (getloadavg(&load, 1) != 1) return "unknown";
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << load;
  return text.str();
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  std::ostringstream text;
  text << std::put_time(&utc, "%Y-%m-%d %H:%M UTC");
  return text.str();
}

Job make_job(const PeersOptions& options, const compute::ModelDims& dims) {
  Job job;
  job.bands = dims.n_mels;
  job.frames = 2 * dims.n_audio_ctx;
  for (int i = 0; i < options.windows; ++i) {
    job.mels.push_back(made_up_mel(dims, static_cast<unsigned>(i)));
  }
  const whisper::Tokenizer tokenizer = whisper::Tokenizer::official(dims.n_vocab);
  job.prompt = tokenizer.sot_sequence("en", Task::transcribe);
  job.prompt.push_back(tokenizer.notimestamps());
  job.end = tokenizer.eot();
  job.tokens = options.tokens;
  job.threads = options.threads > 0 ? options.threads : base::available_cores();
  const int longest = dims.n_text_ctx - static_cast<int>(job.prompt.size());
  if (job.tokens > longest) {
    throw Error(ErrorCode::bad_argument, "peers: expected at most " + std::to_string(longest) +
                                             " tokens, got " + std::to_string(job.tokens));
  }
  return job;
}

/// To people who watch: a run takes minutes.
void say(const std::string& what) {
  if (isatty(STDERR_FILENO) != 0) std::cerr << "tessera-bench: " << what << '\n';
}

/// One that is timed, and what is known of it.
struct Runner {
  Standing standing;
  std::unique_ptr<Contender> contender;  // empty once it failed
};

void judge(Runner& runner, const std::map<std::string, std::vector<float>>& wanted) {
  for (const std::string& name : runner.standing.introduction.answers) {
    const auto right = wanted.find(name);
    if (right == wanted.end()) continue;
    const FloatAccuracy accuracy = compare(runner.contender->answer(name), right->second);
    runner.standing.accuracy[name] = accuracy;
    if (!(accuracy.cosine > kLeastCosine)) {
      throw Error(ErrorCode::device_failed,
                  name + ": cosine to float32 is " + std::to_string(accuracy.cosine));
    }
  }
}

void take_turn(Runner& runner) {
  const auto count = [&](const std::string& task) {
    runner.standing.timings[task].push_back(runner.contender->run(task));
  };
  const auto& tasks = runner.standing.introduction.tasks;
  for (const char* task : {task::kEncode, task::kEncodeCross}) {
    if (!tasks.contains(task)) continue;
    runner.contender->run(task);  // brings its weights back into the caches
    for (int i = 0; i < kEncoderRuns; ++i) count(task);
  }
  for (const char* task : {task::kWindow, task::kWindows}) {
    if (tasks.contains(task)) count(task);
  }
}

/// What goes wrong with a peer is its own affair; of Tessera it ends the run.
template <class Action>
void attempt(Runner& runner, Action action) {
  try {
    action();
  } catch (const Error& error) {
    if (runner.standing.own) throw;
    runner.standing.failure = error.what();
    runner.contender.reset();
  }
}

class Contest {
 public:
  Contest(const PeersOptions& options, const PeerList& list)
      : options_(options),
        model_(options.model.empty() ? list.model : options.model),
        weights_(load_weights(model_)),
        job_(make_job(options, weights_->dims)) {
    stay_on_cores(job_.threads);
    set_thread_variables(job_.threads);
    for (const std::string& name : options.precisions) {
      Runner& runner = add("Tessera " + name, true);
      runner.contender = own_engine(options.device, compute::parse_precision(name), weights_, job_);
    }
    const fs::path job = write_job(job_, scratch_.path());
    for (const ListedPeer& peer : list.peers) {
      Runner& runner = add(peer.name, false);
      const fs::path folder = scratch_.path() / std::to_string(runners_.size());
      fs::create_directory(folder);
      attempt(runner, [&] { runner.contender = start_peer(peer, job, folder); });
    }
    for (Runner& runner : runners_) {
      if (runner.contender) runner.standing.introduction = runner.contender->introduction();
    }
  }

  void judge_all() {
    const auto exact = own_engine("reference", compute::Precision::automatic, weights_, job_);
    const std::map<std::string, std::vector<float>> wanted = {{"states", exact->answer("states")},
                                                              {"logits", exact->answer("logits")}};
    for (Runner& runner : runners_) {
      if (runner.contender) attempt(runner, [&] { judge(runner, wanted); });
    }
  }

  void run_round(std::size_t round) {
    for (std::size_t i = 0; i < runners_.size(); ++i) {
      Runner& runner = runners_[(round + i) % runners_.size()];
      if (!runner.contender) continue;
      std::this_thread::sleep_for(std::chrono::milliseconds(options_.pause_ms));
      attempt(runner, [&] { take_turn(runner); });
    }
  }

  PeersReport report(const std::string& load_before) const {
    PeersReport report;
    report.setting = {{"date", today()},
                      {"processor", cpu_model()},
                      {"model", model_},
                      {"threads", std::to_string(job_.threads)},
                      {"tokens per window", std::to_string(job_.tokens)},
                      {"rounds", std::to_string(options_.rounds)},
                      {"load before, after", load_before + ", " + load_average()}};
    report.tokens = job_.tokens;
    report.windows = static_cast<int>(job_.mels.size());
    for (const Runner& runner : runners_) report.standings.push_back(runner.standing);
    return report;
  }

 private:
  Runner& add(const std::string& name, bool own) {
    runners_.emplace_back();
    runners_.back().standing.name = name;
    runners_.back().standing.own = own;
    return runners_.back();
  }

  PeersOptions options_;
  ScratchFolder scratch_;
  std::string model_;
  std::shared_ptr<const compute::ModelWeights> weights_;
  Job job_;
  std::vector<Runner> runners_;
};

}  // namespace

PeersReport run_peers(const PeersOptions& options) {
  const std::string load = load_average();
  const PeerList list = read_peer_list(options.list);
  say("loading");
  Contest contest(options, list);
  say("comparing with float32");
  contest.judge_all();
  for (int round = 0; round < options.rounds; ++round) {
    say("round " + std::to_string(round + 1) + " of " + std::to_string(options.rounds));
    contest.run_round(static_cast<std::size_t>(round));
  }
  return contest.report(load);
}

}  // namespace tessera::bench
