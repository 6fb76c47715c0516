#include "bench/peers/peer_process.h"

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/peers/child_process.h"
#include "tessera/error.h"

namespace tessera::bench {
namespace {

using nlohmann::json;

// Loading compiles a model in some programs; a task is seconds even for the slowest.
constexpr std::chrono::minutes kPatience(10);

class PeerProcess : public Contender {
 public:
  PeerProcess(const std::vector<std::string>& command, const std::filesystem::path& error_file,
              std::filesystem::path answer_file)
      : process_(command, error_file.string()), answer_file_(std::move(answer_file)) {
    const json said = receive();
    try {
      introduction_.version = said.at("version").get<std::string>();
      introduction_.settings = said.at("settings").get<std::string>();
      introduction_.tasks = said.at("tasks").get<std::map<std::string, std::string>>();
      introduction_.decode = said.value("decode", std::string());
      introduction_.answers = said.at("answers").get<std::vector<std::string>>();
    } catch (const json::exception& error) {
      throw Error(ErrorCode::device_failed, std::string("introduction: ") + error.what());
    }
  }

  const Introduction& introduction() const override { return introduction_; }

  Timing run(const std::string& task) override {
    const json said = ask({{"run", task}});
    if (!said.contains("ms") || !said["ms"].is_number() || !(said["ms"].get<double>() > 0)) {
      throw Error(ErrorCode::device_failed, task + ": expected {\"ms\": ...}, got " + said.dump());
    }
    const json decode = said.value("decode_ms", json(0));
    return {said["ms"].get<double>(), decode.is_number() ? decode.get<double>() : 0};
  }

  std::vector<float> answer(const std::string& name) override {
    ask({{"write", name}, {"to", answer_file_.string()}});
    std::ifstream file(answer_file_, std::ios::binary | std::ios::ate);
    std::vector<float> values(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)) /
                              sizeof(float));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(float)));
    if (!file || values.empty()) {
      throw Error(ErrorCode::device_failed, name + ": no numbers were written");
    }
    return values;
  }

 private:
  json receive() {
    const std::string line = process_.read_line(kPatience);
    json said = json::parse(line, nullptr, false);
    if (!said.is_object()) {
      throw Error(ErrorCode::device_failed, "expected a JSON object, got: " + line);
    }
    if (said.contains("error")) {
      const json& error = said["error"];
      throw Error(ErrorCode::device_failed,
                  error.is_string() ? error.get<std::string>() : error.dump());
    }
    return said;
  }

  json ask(const json& request) {
    process_.write_line(request.dump());
    return receive();
  }

  ChildProcess process_;
  std::filesystem::path answer_file_;
  Introduction introduction_;
};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorCode::bad_file, path.string() + ": " + what);
}

}  // namespace

PeerList read_peer_list(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) refuse(path, "cannot be read; tools/peers makes it");
  PeerList list;
  try {
    const json read = json::parse(file);
    list.model = read.at("model").get<std::string>();
    for (const json& entry : read.at("peers")) {
      ListedPeer peer;
      peer.name = entry.at("name").get<std::string>();
      peer.command = entry.value("command", std::vector<std::string>());
      peer.missing = entry.value("missing", std::string());
      if (peer.command.empty() == peer.missing.empty()) {
        refuse(path, peer.name + ": expected either a command or why it is missing");
      }
      list.peers.push_back(std::move(peer));
    }
  } catch (const json::exception& error) {
    refuse(path, error.what());
  }
  return list;
}

std::filesystem::path write_job(const Job& job, const std::filesystem::path& folder) {
  const std::filesystem::path mel = folder / "mel.f32";
  std::filesystem::path path = folder / "job.json";
  std::ofstream numbers(mel, std::ios::binary);
  for (const compute::Tensor& window : job.mels) {
    const auto values = window.values<float>();
    numbers.write(reinterpret_cast<const char*>(values.data()),
                  static_cast<std::streamsize>(values.size_bytes()));
  }
  const json text = {{"mel", mel.string()},  {"windows", job.mels.size()}, {"bands", job.bands},
                     {"frames", job.frames}, {"prompt", job.prompt},       {"end", job.end},
                     {"tokens", job.tokens}, {"threads", job.threads}};
  std::ofstream file(path);
  file << text.dump() << '\n';
  if (!numbers.flush() || !file.flush()) refuse(path, "cannot be written");
  return path;
}

std::unique_ptr<Contender> start_peer(const ListedPeer& peer, const std::filesystem::path& job,
                                      const std::filesystem::path& folder) {
  if (!peer.missing.empty()) throw Error(ErrorCode::unsupported, peer.missing);
  std::vector<std::string> command = peer.command;
  command.push_back(job.string());
  return std::make_unique<PeerProcess>(command, folder / "error.txt", folder / "answer.f32");
}

}  // namespace tessera::bench
