#include "model/indicator.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette::model {
namespace {

constexpr std::array<std::string_view, 11> type_names{"ipv4",     "ipv6",   "network", "domain",
                                                      "hostname", "url",    "email",   "md5",
                                                      "sha1",     "sha256", "sha512"};
constexpr std::array<std::string_view, 6> tlp_names{"",      "clear",        "green",
                                                    "amber", "amber+strict", "red"};

}  // namespace

std::string_view name_of(ObservableType type) {
  return type_names.at(static_cast<std::size_t>(type));
}

std::string_view name_of(Tlp tlp) {
  return tlp_names.at(static_cast<std::size_t>(tlp));
}

std::optional<Tlp> tlp_named(std::string_view name) {
  const std::string lower = base::to_lower_ascii(name);
  if (lower == "white") return Tlp::clear;
  const auto* found = std::ranges::find(tlp_names, lower);
  if (lower.empty() || found == tlp_names.end()) return std::nullopt;
  return static_cast<Tlp>(found - tlp_names.begin());
}

}  // namespace vedette::model
