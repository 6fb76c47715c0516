// Repeated calls against a clock.
#pragma once

#include <functional>
#include <vector>

#include "bench/statistics.h"

namespace tessera::bench {

/// Times several calls in turns, so that what disturbs the machine disturbs all of them alike.
/// After a warm-up of each, every round runs each call as often as fills `shortest_s`, and counts
/// the mean. Returns for each call its seconds, one value per round.
std::vector<std::vector<double>> time_in_turns(const std::vector<std::function<void()>>& calls,
                                               int rounds, double shortest_s = 50e-6);

/// Seconds times `factor`, as a summary.
Summary summarise_scaled(const std::vector<double>& seconds, double factor);

}  // namespace tessera::bench
