// Short ways to write a core's program and the host's sequence.
#pragma once

#include <utility>
#include <vector>

#include "src/compute/npu/plan/array_plan.h"

namespace tessera::compute::npu {

inline Argument object_of(std::size_t fifo, std::int64_t object = 0) {
  return {Argument::Source::fifo, fifo, object};
}
inline Argument buffer_at(std::size_t index) { return {Argument::Source::buffer, index, 0}; }

inline Step loop_of(std::int64_t trips) { return {Step::Kind::loop, 0, trips, {}, {}}; }
inline Step end_loop() { return {Step::Kind::end, 0, 1, {}, {}}; }
inline Step acquire(std::size_t fifo, std::int64_t objects = 1) {
  return {Step::Kind::acquire, fifo, objects, {}, {}};
}
inline Step release(std::size_t fifo, std::int64_t objects = 1) {
  return {Step::Kind::release, fifo, objects, {}, {}};
}
inline Step call(std::size_t kernel, std::vector<Argument> arguments,
                 std::vector<std::int32_t> scalars = {}) {
  return {Step::Kind::call, kernel, 1, std::move(arguments), std::move(scalars)};
}

/// Appends steps to a program.
inline void add(std::vector<Step>& program, const std::vector<Step>& steps) {
  program.insert(program.end(), steps.begin(), steps.end());
}

inline HostStep send(std::size_t fifo, std::size_t buffer, Access access) {
  return {HostStep::Kind::transfer, fifo, buffer, std::move(access), false};
}
/// A transfer to the host, with a token to wait for.
inline HostStep fetch(std::size_t fifo, std::size_t buffer, Access access) {
  return {HostStep::Kind::transfer, fifo, buffer, std::move(access), true};
}
inline HostStep wait_for(std::size_t fifo) { return {HostStep::Kind::wait, fifo, 0, {}, false}; }

}  // namespace tessera::compute::npu
