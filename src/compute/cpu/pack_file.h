// Packed weights in a file: mapped, not made again, when they are still those of the model.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "src/base/thread_pool.h"
#include "src/compute/cpu/packed_weights.h"

namespace tessera::compute::cpu {

/// Takes the contents of `store` from the file. False when there is none, or it is not of this
/// `key`, or damaged: its length and checksum must be right.
bool adopt_pack(const std::filesystem::path& path, const std::string& key, PackedWeights& store,
                base::ThreadPool& pool);

/// Writes a filled store; the file appears complete or not at all. Throws Error{bad_file}.
void write_pack(const std::filesystem::path& path, const std::string& key,
                const PackedWeights& store, base::ThreadPool& pool);

/// 64 bits that change when any byte does. Parts of a MiB are taken by all threads.
std::uint64_t checksum(std::span<const std::byte> bytes, base::ThreadPool& pool);

}  // namespace tessera::compute::cpu
