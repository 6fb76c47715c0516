#include "src/compute/kernels/selection.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <system_error>

#include "src/base/atomic_file.h"
#include "src/base/build_id.h"
#include "src/base/cache_places.h"
#include "src/base/cpu_features.h"
#include "tessera/error.h"

namespace tessera::compute::kernels {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCentredOps[] = {LaneLinearI8Params::kOp, LaneAttentionI8Params::kOp};

/// How much less time another variant than the list's has to take.
constexpr double kClearlyFaster = 0.95;
/// Measurements of each variant, in turns; the first is a warm-up too.
constexpr int kRounds = 3;
/// No choice is longer.
constexpr std::size_t kMostBytes = 1 << 14;

std::string_view oracle_of(const Kernel& kernel) {
  const std::string_view other = kernel.exact_with;
  if (kernel.exactness != Exactness::exact) return "";
  return other.empty() ? kernel.name : other;
}

const Kernel* fastest_of(const std::vector<const Kernel*>& kernels, const SecondsOf& seconds_of) {
  if (kernels.size() == 1) return kernels.front();
  std::vector<double> least(kernels.size(), std::numeric_limits<double>::infinity());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      least[i] = std::min(least[i], seconds_of(*kernels[i]));
    }
  }
  const auto best = std::min_element(least.begin(), least.end());
  if (*best > kClearlyFaster * least.back()) return kernels.back();
  return kernels[static_cast<std::size_t>(best - least.begin())];
}

/// What is before the first `separator`, which is taken off with it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// The beginning of a file; "" when it cannot be read.
std::string read(const fs::path& path) {
  std::string text(kMostBytes, ' ');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

void write_if_possible(const fs::path& path, const std::string& text) {
  std::error_code cannot;  // then writing fails too
  fs::create_directories(path.parent_path(), cannot);
  try {
    base::write_file_atomically(path, text);
  } catch (const Error&) {
    // A cache saves time and nothing else: without it the next start measures again.
  }
}

}  // namespace

Choice listed_choice(std::span<const std::string_view> ops, const IsaTier& tier) {
  Choice choice;
  for (const std::string_view op : ops) choice.emplace(op, &select(op, tier));
  return choice;
}

int centre_of(const IsaTier& tier) {
  const bool is_whole =
      std::all_of(std::begin(kCentredOps), std::end(kCentredOps),
                  [&](std::string_view op) { return takes_centre(select(op, tier).isa, kCentre); });
  return is_whole ? kCentre : kCentreOf7Bits;
}

std::vector<const Kernel*> alternatives(std::string_view op, const IsaTier& tier) {
  const Kernel& listed = select(op, tier);
  if (listed.isa == Isa::portable) return {&listed};
  const bool is_centred =
      std::find(std::begin(kCentredOps), std::end(kCentredOps), op) != std::end(kCentredOps);
  const int centre = is_centred ? centre_of(tier) : 0;
  std::vector<const Kernel*> found;
  for (const Kernel* kernel : kernels_of(op)) {
    const bool is_meant = kernel->exactness == listed.exactness && kernel->isa != Isa::portable &&
                          tier.allows(kernel->isa);
    if (!is_meant || oracle_of(*kernel) != oracle_of(listed)) continue;
    if (is_centred && !takes_centre(kernel->isa, centre)) continue;
    found.push_back(kernel);
  }
  return found;
}

Choice fastest_choice(std::span<const std::string_view> ops, const IsaTier& tier,
                      const SecondsOf& seconds_of) {
  Choice choice;
  for (const std::string_view op : ops) {
    choice.emplace(op, fastest_of(alternatives(op, tier), seconds_of));
  }
  return choice;
}

std::string text_of(const Choice& choice, std::string_view key) {
  std::string text(key);
  text += '\n';
  for (const auto& [op, kernel] : choice) text += op + ' ' + kernel->name + '\n';
  return text;
}

std::optional<Choice> choice_from(std::string_view text, std::string_view key,
                                  std::span<const std::string_view> ops, const IsaTier& tier) {
  if (!text.ends_with('\n') || cut(text, '\n') != key) return std::nullopt;
  Choice choice;
  while (!text.empty()) {
    std::string_view name = cut(text, '\n');
    const std::string_view op = cut(name, ' ');
    if (std::find(ops.begin(), ops.end(), op) == ops.end()) return std::nullopt;
    const std::vector<const Kernel*> kernels = alternatives(op, tier);
    const auto kernel = std::find_if(kernels.begin(), kernels.end(),
                                     [&](const Kernel* one) { return name == one->name; });
    if (kernel == kernels.end() || !choice.emplace(op, *kernel).second) return std::nullopt;
  }
  if (choice.size() != ops.size()) return std::nullopt;
  return choice;
}

std::string selection_key() {
  std::string key = base::cpu_model() + ';';
  for (const Isa isa : machine_isas()) key += std::string(" ") + isa_name(isa);
  return key + "; build " + base::build_id();
}

fs::path selection_cache() {
  const fs::path own = base::own_cache();
  return own.empty() ? fs::path() : own / "kernels.txt";
}

Choice cached_choice(const fs::path& cache, std::string_view key,
                     std::span<const std::string_view> ops, const IsaTier& tier,
                     const SecondsOf& seconds_of) {
  if (cache.empty()) return fastest_choice(ops, tier, seconds_of);
  if (std::optional<Choice> known = choice_from(read(cache), key, ops, tier)) return *known;
  Choice choice = fastest_choice(ops, tier, seconds_of);
  write_if_possible(cache, text_of(choice, key));
  return choice;
}

void override_choice(Choice& choice, std::string_view text) {
  while (!text.empty()) {
    std::string_view name = cut(text, ',');
    const std::string_view op = cut(name, '=');
    const auto place = choice.find(op);
    if (place == choice.end()) {
      throw Error(ErrorCode::bad_argument,
                  "kernels: expected OP=VARIANT of an operation that has a choice; got '" +
                      std::string(op) + "'");
    }
    place->second = &force(op, name);
  }
}

}  // namespace tessera::compute::kernels
