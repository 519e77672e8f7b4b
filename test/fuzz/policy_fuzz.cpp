// A policy's file, whatever is in it: refused in words, or a policy that keeps its promises.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "respond/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = vedette::respond::read_policy(text, "policy.yaml");
  if (!policy) {
    if (policy.error().message.empty()) std::abort();
    return 0;
  }
  const auto act = policy->first_act();
  if (act && (*act == 0 || !policy->steps[0].tells())) {
    // Only a comment may come before the first word.
    bool is_told = false;
    for (std::size_t i = 0; i < *act; ++i) is_told = is_told || policy->steps[i].tells();
    if (!is_told) std::abort();
  }
  if (policy->match.any.empty() || policy->name.empty()) std::abort();
  return 0;
}
