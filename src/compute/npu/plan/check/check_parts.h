// The parts of check_plan. Each appends what it finds.
#pragma once

#include <string>
#include <vector>

#include "src/compute/npu/plan/check/check_plan.h"

namespace tessera::compute::npu {

/// Collects breaches.
class Breaches {
 public:
  void add(const char* rule, std::string message) { found_.push_back({rule, std::move(message)}); }
  /// "WHERE has N WHAT, at most MOST", if there are more.
  void at_most(const char* rule, const std::string& where, const char* what, std::int64_t n,
               std::int64_t most) {
    if (n <= most) return;
    add(rule,
        where + " has " + std::to_string(n) + " " + what + ", at most " + std::to_string(most));
  }
  bool none() const { return found_.empty(); }
  std::vector<Violation> take() { return std::move(found_); }

 private:
  std::vector<Violation> found_;
};

/// One descriptor on a tile of that kind: dimensions, counts, strides, length, words.
void check_access(const Access& access, TileKind kind, const std::string& where,
                  Breaches& breaches);

/// Every index, name and tile of the plan means something. Nothing else is looked at if not.
void check_references(const ArrayPlan& plan, Breaches& breaches);
void check_fifos(const ArrayPlan& plan, Breaches& breaches);
void check_links(const ArrayPlan& plan, Breaches& breaches);
void check_tiles(const ArrayPlan& plan, Breaches& breaches);
void check_programs(const ArrayPlan& plan, Breaches& breaches);
void check_sequence(const ArrayPlan& plan, Breaches& breaches);

}  // namespace tessera::compute::npu
