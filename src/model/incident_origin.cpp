#include "model/incident_origin.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace vedette::model {
namespace {

using base::Json;
using base::JsonWriter;

void append_texts(JsonWriter& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const auto& text : texts) out.string(text);
  out.end_array();
}

base::Timestamp time_at(const Json& object, std::string_view name) {
  const auto* ticks = object[name].as_integer();
  return {ticks != nullptr ? *ticks : 0};
}

std::vector<std::string> texts_at(const Json& object, std::string_view name) {
  std::vector<std::string> texts;
  if (const auto* array = object[name].as_array())
    for (const Json& each : *array)
      if (const auto* text = each.as_string()) texts.push_back(*text);
  return texts;
}

// Texts by their names in the kept form.
template <typename Origin, typename Visit>
void each_text(Origin& origin, Visit visit) {
  visit("provider", origin.provider);
  visit("source", origin.source);
  visit("id", origin.id);
  visit("number", origin.number);
  visit("url", origin.url);
  visit("etag", origin.etag);
  visit("status", origin.status);
  visit("owner", origin.owner);
  visit("classification", origin.classification);
  visit("title", origin.title);
  visit("changed_by", origin.changed_by);
  visit("touch", origin.touch);
}

template <typename Origin, typename Visit>
void each_list(Origin& origin, Visit visit) {
  visit("labels", origin.labels);
  visit("rule_ids", origin.rule_ids);
  visit("alert_ids", origin.alert_ids);
  visit("alert_names", origin.alert_names);
  visit("products", origin.products);
  visit("tactics", origin.tactics);
  visit("comment_ids", origin.comment_ids);
}

template <typename Origin, typename Visit>
void each_time(Origin& origin, Visit visit) {
  visit("created", origin.created);
  visit("changed", origin.changed);
  visit("touched", origin.touched);
  visit("lineage_created", origin.lineage_created);
}

}  // namespace

bool IncidentOrigin::is_redirected() const {
  return std::ranges::any_of(labels, [](const std::string& label) {
    return base::equals_ignoring_case(label, "Redirected");
  });
}

std::string write_origin(const IncidentOrigin& origin) {
  JsonWriter out;
  out.begin_object();
  each_text(origin,
            [&](std::string_view name, const std::string& text) { out.member(name, text); });
  each_list(origin,
            [&](std::string_view name, const auto& texts) { append_texts(out, name, texts); });
  each_time(origin,
            [&](std::string_view name, base::Timestamp time) { out.key(name).number(time.ticks); });
  out.key("touched_by").number(static_cast<std::int64_t>(origin.touched_by));
  out.key("entities").begin_array();
  for (const auto& [kind, value] : origin.entities)
    out.begin_object().member("kind", kind).member("value", value).end_object();
  out.end_array().key("accounts").begin_array();
  for (const auto& [id, principal, mail] : origin.accounts)
    out.begin_object()
        .member("id", id)
        .member("principal", principal)
        .member("mail", mail)
        .end_object();
  return out.end_array().end_object().take();
}

base::Result<IncidentOrigin> read_origin(std::string_view text) {
  const Json object = VEDETTE_TRY(base::parse_json(text));
  if (object.as_object() == nullptr)
    return base::failure(base::ErrorCode::malformed, "an incident's origin is no object");
  IncidentOrigin origin;
  each_text(origin, [&](std::string_view name, std::string& out) { out = object[name].text(); });
  each_list(origin, [&](std::string_view name, auto& out) { out = texts_at(object, name); });
  each_time(origin,
            [&](std::string_view name, base::Timestamp& out) { out = time_at(object, name); });
  const auto* toucher = object["touched_by"].as_integer();
  if (toucher == nullptr || *toucher < 0 || *toucher > static_cast<std::int64_t>(Toucher::person))
    return base::failure(base::ErrorCode::malformed, "an incident's origin has no toucher");
  origin.touched_by = static_cast<Toucher>(*toucher);
  if (const auto* entities = object["entities"].as_array())
    for (const Json& each : *entities)
      origin.entities.push_back({each["kind"].text(), each["value"].text()});
  if (const auto* accounts = object["accounts"].as_array())
    for (const Json& each : *accounts)
      origin.accounts.push_back({each["id"].text(), each["principal"].text(), each["mail"].text()});
  return origin;
}

}  // namespace vedette::model
