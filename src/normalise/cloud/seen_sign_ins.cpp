#include "normalise/cloud/seen_sign_ins.h"

#include "base/limits.h"

namespace vedette::normalise::cloud {
namespace {

constexpr base::Duration remembered = base::Duration::hours(49);
// A kill repeats the windows that were being read back, of each feed some pages.
constexpr std::size_t read_back_max = 65'536;

}  // namespace

void SeenSignIns::Memory::add(const SeenSignIn& seen, std::size_t most) {
  const auto is_old = [&] {
    return !order.empty() && order.front().received < seen.received - remembered;
  };
  while (is_old() || order.size() >= most) {
    known.erase(order.front().key);
    order.pop_front();
  }
  known.insert(seen.key);
  order.push_back(seen);
}

bool SeenSignIns::add(std::uint64_t key, base::Timestamp received, bool is_live) {
  if (live_.known.contains(key) || back_.known.contains(key)) return false;
  const SeenSignIn seen{key, received, is_live ? 1U : 0U};
  if (is_live)
    live_.add(seen, base::limits::seen_sign_ins_max);
  else
    back_.add(seen, read_back_max);
  return true;
}

std::vector<SeenSignIn> SeenSignIns::all() const {
  std::vector<SeenSignIn> all(live_.order.begin(), live_.order.end());
  all.insert(all.end(), back_.order.begin(), back_.order.end());
  return all;
}

void SeenSignIns::recall(const std::vector<SeenSignIn>& seen) {
  live_ = {};
  back_ = {};
  for (const SeenSignIn& each : seen) add(each.key, each.received, each.is_live != 0);
}

}  // namespace vedette::normalise::cloud
