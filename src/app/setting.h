// Owns: what one setting is: its name, how it is read and how it is shown; and the reading of a
// table of them. Promises: an unknown name is a problem with a "did you mean". Must not know: which
// settings there are. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "app/settings_file.h"
#include "base/encode.h"
#include "base/ip.h"
#include "base/loopback.h"
#include "base/text.h"
#include "base/time.h"

namespace vedette::app {

// One setting of an owner (the whole file, one [[channel]]).
template <typename Owner>
struct Setting {
  std::string_view section;  // empty within [[file]] and [[channel]]
  std::string_view key;
  void (*read)(const SettingValue& value, Owner& owner);
  std::string (*show)(const Owner& owner);  // null: shown by its owner

  [[nodiscard]] std::string name() const { return std::string(section) + "." + std::string(key); }
};

template <typename Field, typename Value>
void assign(Field& field, std::optional<Value> value) {
  if (value) field = static_cast<Field>(std::move(*value));
}

[[nodiscard]] inline std::string show_texts(const std::vector<std::string>& texts) {
  std::string shown = "[";
  for (const auto& text : texts) shown += (shown.size() > 1 ? ", " : "") + toml_string(text);
  return shown + "]";
}

template <typename Member>
struct MemberOf;
template <typename Class, typename Field>
struct MemberOf<Field Class::*> {
  using Owner = Class;
};

// A text of its owner that is kept as it is written: text_setting<&FeedSetting::ca_file>(...).
template <auto Member>
[[nodiscard]] constexpr auto text_setting(std::string_view section, std::string_view key) {
  using Owner = MemberOf<decltype(Member)>::Owner;
  return Setting<Owner>{
      section, key,
      [](const SettingValue& value, Owner& owner) { assign(owner.*Member, value.text()); },
      [](const Owner& owner) { return toml_string(owner.*Member); }};
}

[[nodiscard]] inline std::string show_duration(base::Duration duration) {
  const bool whole = duration.ticks % base::ticks_per_second == 0;
  return whole ? "\"" + std::to_string(duration.whole_seconds()) + "s\""
               : "\"" + std::to_string(duration.whole_milliseconds()) + "ms\"";
}

// "; did you mean keep_days?", or the list of what there is.
[[nodiscard]] inline std::string advice(std::string_view word,
                                        const std::vector<std::string_view>& known) {
  if (const auto near = base::nearest(word, known); !near.empty())
    return "did you mean " + std::string(near) + "?";
  std::string all;
  for (const auto name : known) all += (all.empty() ? "" : ", ") + std::string(name);
  return "there are: " + all;
}

template <typename Owner>
void read_members(const SettingNode::Table& table, std::string_view section,
                  std::span<const Setting<std::type_identity_t<Owner>>> known, Owner& owner,
                  ProblemList& problems) {
  std::vector<std::string_view> keys;
  for (const auto& setting : known)
    if (setting.section == section) keys.push_back(setting.key);
  for (const auto& [key, node] : table) {
    const auto setting = std::ranges::find_if(known, [&](const Setting<Owner>& each) {
      return each.section == section && each.key == key;
    });
    if (setting == known.end()) {
      problems.add(node.line, "[" + std::string(section) + "] has no setting \"" +
                                  base::encode_terminal(key, 100) + "\"; " + advice(key, keys));
      continue;
    }
    setting->read(SettingValue(node, setting->name(), problems), owner);
  }
}

// "key = value" lines; what is empty is shown as a comment.
template <typename Owner, std::size_t N>
[[nodiscard]] std::string show_members(const std::array<Setting<Owner>, N>& known,
                                       const Owner& owner) {
  std::string text;
  for (const auto& setting : known) {
    const std::string value = setting.show(owner);
    text += (value == "\"\"" ? "# " : "") + std::string(setting.key) + " = " + value + "\n";
  }
  return text;
}

template <typename Owner, std::size_t N>
[[nodiscard]] std::vector<std::string> names_of(const std::array<Setting<Owner>, N>& known) {
  std::vector<std::string> names;
  for (const auto& setting : known) names.push_back(setting.name());
  return names;
}

// An address of this machine that nobody else reaches.
[[nodiscard]] inline std::optional<base::IpAddress> own_address(const SettingValue& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  const auto address = base::parse_ip(*text);
  if (!address) {
    value.problem("is no address; write 127.0.0.1 or ::1");
    return std::nullopt;
  }
  if (base::is_loopback(*address)) return *address;
  value.problem(
      "must be this machine's own (127.0.0.1 or ::1): there is no encryption yet, so put a web "
      "server with TLS in front to reach it from elsewhere");
  return std::nullopt;
}

// A name that becomes a part of sources.
[[nodiscard]] inline bool is_source_name(std::string_view text) {
  constexpr std::size_t bytes_max = 100;
  return text.size() <= bytes_max && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

// A secret that lies elsewhere; it may be shown.
[[nodiscard]] inline bool is_reference(std::string_view text) {
  return text.starts_with("env:") || text.starts_with("file:") || text.starts_with("vault:");
}

inline constexpr std::string_view no_secret_words =
    "must not stand in this file: write env:NAME, file:PATH or vault:NAME/SECRET";

// How a secret is shown: where it lies, when that is elsewhere, and never itself.
[[nodiscard]] inline std::string shown_secret(const std::string& text) {
  return is_reference(text) ? text : "***";
}

}  // namespace vedette::app
