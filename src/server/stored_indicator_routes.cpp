// Owns: stored indicators as Microsoft Sentinel's management shows them: queryIndicators, the list,
// one by its name, and its withdrawal. Source: the swagger of azure-rest-api-specs
// (securityinsights, 2024-03-01), and what misp2sentinel asks before it uploads and deletes.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/api.h"
#include "server/azure_reply.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::Json;
using base::JsonWriter;
using net::ReceiverReply;

constexpr std::int64_t page_max = 1'000, page_usual = 100;
constexpr std::size_t skip_max = 10'000'000;
constexpr std::string_view id_start = "indicator--";

// A list of texts, or one.
std::vector<std::string> texts_of(const Json& value) {
  std::vector<std::string> texts;
  if (const auto* list = value.as_array())
    for (const Json& each : *list)
      if (!each.text().empty()) texts.push_back(each.text());
  if (!value.text().empty()) texts.push_back(value.text());
  return texts;
}

std::int64_t number_of(const Json& value, std::int64_t otherwise, std::int64_t least,
                       std::int64_t most) {
  const std::int64_t* number = value.as_integer();
  return std::clamp(number == nullptr ? otherwise : *number, least, most);
}

// How many were shown; programs give the number back, or the whole link that it stood in.
std::size_t skip_of(std::string_view token) {
  const auto number = base::parse_unsigned(token.substr(token.find_last_of('=') + 1));
  return std::min<std::size_t>(number.value_or(0), skip_max);
}

void time_member(JsonWriter& out, std::string_view name, base::Timestamp time) {
  if (time.is_set()) out.member(name, base::format_iso(time));
}

// By what is before the first ':' of its pattern: "ipv4-addr".
std::string_view kind_of(std::string_view pattern) {
  const std::size_t start = std::min(pattern.find_first_not_of("[( "), pattern.size());
  return pattern.substr(start, pattern.find(':', start) - start);
}

void write_indicator(JsonWriter& out, const model::Indicator& indicator,
                     std::string_view collection) {
  const std::string_view name = std::string_view(indicator.id).substr(id_start.size());
  out.begin_object().member("id", fmt::format("{}/indicators/{}", collection, name));
  out.member("name", name).member("type", "Microsoft.SecurityInsights/ThreatIntelligence");
  out.member("kind", "indicator").key("properties").begin_object();
  out.member("externalId", indicator.id).member("source", indicator.source);
  out.member("displayName", indicator.description).member("description", indicator.description);
  out.member("pattern", indicator.pattern).member("patternType", kind_of(indicator.pattern));
  out.key("confidence").number(std::int64_t{indicator.confidence});
  out.key("revoked").boolean(indicator.is_revoked);
  time_member(out, "created", indicator.created.is_set() ? indicator.created : indicator.modified);
  time_member(out, "lastUpdatedTimeUtc", indicator.modified);
  time_member(out, "validFrom", indicator.valid_from);
  time_member(out, "validUntil", indicator.valid_until);
  out.key("threatIntelligenceTags").begin_array();
  for (const auto& label : indicator.labels) out.string(label);
  out.end_array().end_object().end_object();
}

// Without the last part: ".../threatIntelligence/main".
std::string_view parent_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

ReceiverReply Api::show_indicators(const Call& call, IndicatorQuestion question,
                                   std::string_view collection) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const std::size_t page =
      std::clamp<std::size_t>(question.most, 1, static_cast<std::size_t>(page_max));
  question.most = page + 1;  // whether there is more
  const auto found = sources_.indicators->find(question, call.request.gone);
  if (!found) return azure_refusal(503, "ServiceUnavailable", "nothing can be read now");
  JsonWriter out;
  out.begin_object().key("value").begin_array();
  for (std::size_t i = 0; i < std::min(page, found->size()); ++i)
    if ((*found)[i].id.starts_with(id_start)) write_indicator(out, (*found)[i], collection);
  out.end_array();
  if (found->size() > page)
    out.member("nextLink", fmt::format("{}/indicators?$top={}&$skipToken={}", collection, page,
                                       question.skip + page));
  out.end_object();
  return reply(200, out.take());
}

ReceiverReply Api::query_indicators(const Call& call) const {
  IndicatorQuestion question;
  question.sources = texts_of(call.body["sources"]);
  question.kinds = texts_of(call.body["patternTypes"]);
  // misp2sentinel sends one text, not a list.
  const auto keywords = texts_of(call.body["keywords"]);
  if (!keywords.empty()) question.keyword = keywords.front();
  for (const auto& id : texts_of(call.body["ids"])) question.id = id;
  question.least_confidence = number_of(call.body["minConfidence"], 0, 0, 100);
  question.most_confidence = number_of(call.body["maxConfidence"], 100, 0, 100);
  question.with_ended =
      call.body["includeDisabled"].as_bool() != nullptr && *call.body["includeDisabled"].as_bool();
  question.skip = skip_of(call.body["skipToken"].text());
  question.most =
      static_cast<std::size_t>(number_of(call.body["pageSize"], page_usual, 1, page_max));
  return show_indicators(call, std::move(question), parent_of(call.path));
}

ReceiverReply Api::list_indicators(const Call& call) const {
  IndicatorQuestion question;
  question.skip = skip_of(parameter(call.query, "$skipToken").value_or(""));
  question.most =
      base::parse_unsigned(parameter(call.query, "$top").value_or("")).value_or(page_usual);
  return show_indicators(call, std::move(question), parent_of(call.path));
}

base::Result<std::vector<model::Indicator>> Api::indicators_named(const Call& call) const {
  IndicatorQuestion question;
  question.id = std::string(id_start) + std::string(call.path.substr(call.path.rfind('/') + 1));
  question.with_ended = true;
  return sources_.indicators->find(question, call.request.gone);
}

ReceiverReply Api::show_indicator(const Call& call) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const auto found = indicators_named(call);
  if (!found) return azure_refusal(503, "ServiceUnavailable", "nothing can be read now");
  if (found->empty()) return azure_refusal(404, "NotFound", "there is no such indicator");
  JsonWriter out;
  write_indicator(out, found->front(), parent_of(parent_of(call.path)));
  return reply(200, out.take());
}

// Of whatever source it is. What is not there is gone already.
ReceiverReply Api::withdraw_indicator(const Call& call) const {
  if (sources_.indicators == nullptr) return azure_refusal(404, "NotFound", "not open");
  const auto found = indicators_named(call);
  if (!found) return azure_refusal(503, "ServiceUnavailable", "nothing can be read now");
  if (found->empty()) return nothing();
  const base::Timestamp now = sources_.clock.now();
  for (const auto& each : *found) {
    // The later time of change holds, so that of a source whose clock is ahead, too.
    const base::Timestamp changed = std::max(now, each.modified + base::Duration::milliseconds(1));
    const Json object{Json::Value(Json::Object{{"type", text_of("indicator")},
                                               {"id", text_of(each.id)},
                                               {"pattern_type", text_of("stix")},
                                               {"pattern", text_of(each.pattern)},
                                               {"modified", text_of(base::format_iso(changed))},
                                               {"revoked", Json(Json::Value(true))}})};
    if (const auto taken = sources_.indicators->take(each.source, {&object}); !taken)
      return cannot_store_now();
  }
  return reply(200, std::string());
}

}  // namespace vedette::server
