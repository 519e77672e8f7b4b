#include "intel/indicator_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/text.h"
#include "intel/intel_limits.h"

namespace vedette::intel {
namespace {

using model::Tlp;
using Marking = std::pair<std::string_view, Tlp>;

// Source: STIX 2.1 section 7.2.1.4, and OASIS's extension definition of TLP 2.0.
constexpr std::array markings{
    Marking{"613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::clear},
    Marking{"34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::green},
    Marking{"f88d31f6-486f-44da-b317-01333bde0b82", Tlp::amber},
    Marking{"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::red},
    Marking{"94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::clear},
    Marking{"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::green},
    Marking{"55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::amber},
    Marking{"939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::amber_strict},
    Marking{"e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::red},
};

}  // namespace

std::span<const std::pair<std::string_view, Tlp>> tlp_markings() {
  return markings;
}

std::optional<std::int64_t> whole_number(const base::Json& value) {
  if (const auto* number = value.as_integer()) return *number;
  const auto parsed = base::parse_unsigned(value.text());
  if (!parsed || *parsed > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*parsed);
}

bool is_true(const base::Json& value) {
  if (const auto* flag = value.as_bool()) return *flag;
  return whole_number(value).value_or(0) == 1 || value.text() == "true";
}

base::Timestamp time_of(const base::Json& value) {
  constexpr std::int64_t seconds_max = 253'402'300'799;  // the end of the year 9999
  if (const auto seconds = whole_number(value); seconds && *seconds > 0 && *seconds <= seconds_max)
    return base::Timestamp::from_unix_seconds(*seconds);
  return base::parse_iso(value.text()).value_or(base::Timestamp{});
}

std::string cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  return std::string(text.substr(0, bytes_max));
}

void add_label(model::Indicator& indicator, std::string_view label) {
  if (base::trim(label).empty() || indicator.labels.size() >= limits::labels_max) return;
  std::string text = cut(label, limits::label_bytes_max);
  if (std::ranges::find(indicator.labels, text) == indicator.labels.end())
    indicator.labels.push_back(std::move(text));
}

void add_kill_chain(model::Indicator& indicator, const base::Json& phases) {
  const auto* list = phases.as_array();
  if (list == nullptr) return;
  for (const base::Json& each : *list) {
    model::KillChainPhase made{cut(each["kill_chain_name"].text(), limits::label_bytes_max),
                               cut(each["phase_name"].text(), limits::label_bytes_max)};
    if (made.chain.empty() || made.phase.empty() ||
        indicator.kill_chain.size() >= limits::kill_chain_max ||
        std::ranges::find(indicator.kill_chain, made) != indicator.kill_chain.end())
      continue;
    indicator.kill_chain.push_back(std::move(made));
  }
}

void write_kill_chain(base::JsonWriter& out, const model::Indicator& indicator) {
  if (indicator.kill_chain.empty()) return;
  out.key("kill_chain_phases").begin_array();
  for (const auto& [chain, phase] : indicator.kill_chain)
    out.begin_object().member("kill_chain_name", chain).member("phase_name", phase).end_object();
  out.end_array();
}

std::string made_id(std::string_view source, std::string_view value) {
  const std::uint64_t high = base::hash_words(base::hash_bytes(source), base::hash_bytes(value));
  const std::uint64_t low = base::hash_words(base::hash_bytes(value), base::hash_bytes(source, 1));
  // Version 8: a UUID of one's own making (RFC 9562).
  return fmt::format("indicator--{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", high >> 32,
                     (high >> 16) & 0xFFFF, high & 0xFFF, 0x8000 | ((low >> 48) & 0x3FFF),
                     low & 0xFFFF'FFFF'FFFF);
}

}  // namespace vedette::intel
