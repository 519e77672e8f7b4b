// Owns: questions to the tables, and taking rows away as a file.
#include <algorithm>
#include <array>

#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

constexpr std::size_t query_bytes_max = 100'000;
constexpr std::size_t audited_query_bytes_max = 500;

base::Result<LogQuery> read_query(const Call& call) {
  const base::Json& body = call.body;
  LogQuery query;
  query.gone = call.request.gone;
  query.query = body["query"].text();
  const auto wrong = [](std::string message) {
    return base::failure(base::ErrorCode::invalid_argument, std::move(message));
  };
  if (query.query.empty() || query.query.size() > query_bytes_max)
    return wrong("query must be KQL of at most 100,000 bytes");
  for (const auto& [name, target] : {std::pair{"from", &query.from}, std::pair{"to", &query.to}}) {
    const std::string text = body[name].text();
    if (text.empty()) continue;
    *target = base::parse_iso(text);
    if (!*target) return wrong(std::string(name) + " must be a time like 2026-06-01T08:15:30Z");
  }
  return query;
}

ReceiverReply refused(const LogAnswer& answer) {
  ReceiverReply made = reply(422, answer.text);
  made.headers.front().second = "application/problem+json";
  return made;
}

}  // namespace

ReceiverReply Api::query_logs(const Call& call) const {
  const auto query = read_query(call);
  if (!query) return problem_of(query.error());
  const LogAnswer answer = sources_.logs(*query);
  return answer.is_done ? reply(200, answer.text) : refused(answer);
}

ReceiverReply Api::export_logs(const Call& call) const {
  auto query = read_query(call);
  if (!query) return problem_of(query.error());
  query->format = call.body["format"].text();
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> formats{
      {{"csv", "text/csv; charset=utf-8"},
       {"json", "application/json"},
       {"ndjson", "application/x-ndjson"},
       {"parquet", "application/vnd.apache.parquet"}}};
  const auto* format =
      std::ranges::find(formats, query->format, [](const auto& each) { return each.first; });
  if (format == formats.end())
    return problem(422, "invalid", "format must be csv, json, ndjson or parquet");
  const auto noted =
      sources_.access.note(call.caller, "logs.export", query->format,
                           std::string_view(query->query).substr(0, audited_query_bytes_max));
  if (!noted) return problem_of(noted.error());
  const LogAnswer answer = sources_.logs(*query);
  if (!answer.is_done) return refused(answer);
  ReceiverReply made = reply(200, answer.text);
  made.headers.front().second = format->second;
  made.headers.emplace_back("Content-Disposition",
                            "attachment; filename=\"vedette." + query->format + "\"");
  return made;
}

}  // namespace vedette::server
