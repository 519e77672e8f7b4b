#include "simulate/misp/misp_filter.h"

#include <algorithm>

#include "base/text.h"

namespace vedette::simulate::misp {
namespace {

using base::Json;
using base::Timestamp;

std::optional<std::int64_t> number_of(const Json& value) {
  if (const auto* number = value.as_integer()) return *number;
  if (const auto* flag = value.as_bool()) return *flag ? 1 : 0;
  const auto parsed = base::parse_unsigned(value.text());
  if (!parsed || *parsed > INT32_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*parsed);
}

std::optional<bool> flag_of(const Json& value) {
  const auto number = number_of(value);
  return number ? std::optional(*number != 0) : std::nullopt;
}

// Seconds since 1970, or "5d" before now.
Timestamp moment_of(const Json& value, Timestamp now) {
  if (const auto seconds = number_of(value)) return Timestamp::from_unix_seconds(*seconds);
  const auto span = base::parse_duration(value.text());
  return span ? now - *span : Timestamp{};
}

TimeSpan span_of(const Json& value, Timestamp now) {
  if (value.is_null()) return {};
  const auto* pair = value.as_array();
  if (pair == nullptr) return {moment_of(value, now), {}};
  if (pair->size() != 2) return {};
  return {moment_of((*pair)[0], now), moment_of((*pair)[1], now)};
}

std::vector<std::string> texts_of(const Json& value) {
  if (const auto* text = value.as_string()) return {*text};
  std::vector<std::string> texts;
  if (const auto* list = value.as_array())
    for (const Json& each : *list) texts.push_back(each.text());
  return texts;
}

bool has_any(const std::vector<std::string>& of, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(
      wanted, [&](const std::string& each) { return std::ranges::find(of, each) != of.end(); });
}

}  // namespace

MispFilter read_filter(const Json& body, Timestamp now) {
  MispFilter filter;
  const auto count = [&](std::string_view name, std::uint64_t otherwise) {
    const auto number = number_of(body[name]);
    return number && *number > 0 ? static_cast<std::uint64_t>(*number) : otherwise;
  };
  filter.page = count("page", 1);
  filter.limit = count("limit", 0);
  filter.published = flag_of(body["published"]);
  filter.to_ids = flag_of(body["to_ids"]);
  if (const auto* flags = body["deleted"].as_array()) {
    filter.with_deleted =
        std::ranges::any_of(*flags, [](const Json& each) { return number_of(each) == 1; });
  } else {
    filter.with_deleted = filter.only_deleted = number_of(body["deleted"]) == 1;
  }
  filter.enforces_warning_lists = flag_of(body["enforceWarninglist"]).value_or(false);
  filter.includes_event_tags = flag_of(body["includeEventTags"]).value_or(false);
  filter.types = texts_of(body["type"]);
  for (const std::string& tag : texts_of(body["tags"])) {
    if (tag.starts_with('!'))
      filter.tags_none.push_back(tag.substr(1));
    else
      filter.tags_any.push_back(tag);
  }
  filter.value = body["value"].text();
  filter.uuid = body["uuid"].text();
  if (const auto event = number_of(body["eventid"])) filter.event = std::to_string(*event);
  filter.changed = span_of(body["timestamp"], now);
  if (!body["attribute_timestamp"].is_null())
    filter.changed = span_of(body["attribute_timestamp"], now);
  filter.event_changed = span_of(body["event_timestamp"], now);
  filter.published_at = span_of(body["publish_timestamp"], now);
  return filter;
}

bool MispFilter::has(const MispAttribute& attribute, const MispEvent& of) const {
  if (published && *published != of.is_published) return false;
  if (to_ids && *to_ids != attribute.to_ids) return false;
  if (attribute.is_deleted ? !with_deleted : only_deleted) return false;
  if (!published_at.has(of.published_at) || !event_changed.has(of.changed) ||
      !changed.has(attribute.changed))
    return false;
  if (!types.empty() && std::ranges::find(types, attribute.type) == types.end()) return false;
  if (!tags_any.empty() && !has_any(of.tags, tags_any)) return false;
  if (has_any(of.tags, tags_none)) return false;
  if (!value.empty() && value != attribute.value) return false;
  if (!uuid.empty() && uuid != attribute.uuid && uuid != of.uuid) return false;
  return event.empty() || event == std::to_string(of.id);
}

}  // namespace vedette::simulate::misp
