// Which variant of an op is the fastest on this machine: measured once, then known from a file.
//
// The list's own order is right where a wider register is faster, which is not everywhere: some
// processors clock lower or split wide instructions.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/compute/kernels/registry.h"

namespace tessera::compute::kernels {

/// One variant per op.
using Choice = std::map<std::string, const Kernel*, std::less<>>;

/// Seconds that a variant takes, measured anew by every call.
using SecondsOf = std::function<double(const Kernel&)>;

/// What select() takes for each op.
Choice listed_choice(std::span<const std::string_view> ops, const IsaTier& tier);

/// The variants that may stand for what select() takes, which is the last of them: allowed by the
/// tier, as exact, and of the int8 lane_* ops those that take the same centre. Plain loops only
/// where there is nothing else.
std::vector<const Kernel*> alternatives(std::string_view op, const IsaTier& tier);

/// The centre that what select() takes of the int8 lane_* ops has in common.
int centre_of(const IsaTier& tier);

/// The fastest alternative of each op, of several measurements each; the last of the list unless
/// another one is clearly faster, so that noise changes nothing.
Choice fastest_choice(std::span<const std::string_view> ops, const IsaTier& tier,
                      const SecondsOf& seconds_of);

/// A choice as text: the line `key`, then lines of op and variant.
std::string text_of(const Choice& choice, std::string_view key);

/// Reads it back; nothing when the key is another or a line is not one of the ops with one of its
/// alternatives, each once.
std::optional<Choice> choice_from(std::string_view text, std::string_view key,
                                  std::span<const std::string_view> ops, const IsaTier& tier);

/// What this processor and this build are called in a cache: one line.
std::string selection_key();

/// $TESSERA_CACHE/kernels.txt, or in the user's cache; empty when neither is known.
std::filesystem::path selection_cache();

/// fastest_choice, from the file where that has it, else measured and written there. A file that
/// cannot be read or written, or an empty path, only means that it is measured every time.
Choice cached_choice(const std::filesystem::path& cache, std::string_view key,
                     std::span<const std::string_view> ops, const IsaTier& tier,
                     const SecondsOf& seconds_of);

/// Replaces what a text like "matmul_i8=avx2,gelu=scalar" names; $TESSERA_KERNELS is one. Throws
/// Error{bad_argument} for what is not an op of the choice and a variant of its, Error{unsupported}
/// for a variant that this machine cannot run.
void override_choice(Choice& choice, std::string_view text);

}  // namespace tessera::compute::kernels
