#include "simulate/tenant/log_analytics.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/json.h"
#include "base/json_split.h"
#include "base/text.h"
#include "simulate/tenant/apps.h"
#include "simulate/tenant/threat_intelligence.h"

namespace vedette::simulate::tenant {
namespace {

using base::Result;

struct Column {
  std::string_view name, type;
};
constexpr auto sign_in_columns = std::to_array<Column>({
    {"TenantId", "string"},
    {"TimeGenerated", "datetime"},
    {"Id", "string"},
    {"OperationName", "string"},
    {"Category", "string"},
    {"ResultType", "string"},
    {"ResultDescription", "string"},
    {"UserPrincipalName", "string"},
    {"UserDisplayName", "string"},
    {"UserId", "string"},
    {"AppDisplayName", "string"},
    {"AppId", "string"},
    {"IPAddress", "string"},
    {"Location", "string"},
    {"ClientAppUsed", "string"},
    {"LocationDetails", "dynamic"},
    {"Status", "dynamic"},
    {"DeviceDetail", "dynamic"},
    {"Type", "string"},
});
constexpr auto audit_columns = std::to_array<Column>({
    {"TenantId", "string"},
    {"TimeGenerated", "datetime"},
    {"Id", "string"},
    {"OperationName", "string"},
    {"Category", "string"},
    {"Result", "string"},
    {"CorrelationId", "string"},
    {"InitiatedBy", "dynamic"},
    {"TargetResources", "dynamic"},
    {"Type", "string"},
});
constexpr auto heartbeat_columns = std::to_array<Column>({
    {"TenantId", "string"},
    {"TimeGenerated", "datetime"},
    {"Computer", "string"},
    {"OSType", "string"},
    {"ComputerIP", "string"},
    {"Type", "string"},
});
constexpr std::size_t rows_max = 500'000;
constexpr std::int64_t heartbeat_s = 60;

void write_columns(base::JsonWriter& out, std::span<const Column> columns) {
  out.begin_object().member("name", "PrimaryResult").key("columns").begin_array();
  for (const Column& column : columns)
    out.begin_object().member("name", column.name).member("type", column.type).end_object();
  out.end_array().key("rows").begin_array();
}

TenantReply bad_query(std::string_view code, std::string_view message) {
  base::JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.member("message", "The request had some invalid properties");
  out.member("code", "BadArgumentError").key("innererror").begin_object();
  out.member("code", code).member("message", message).end_object().end_object().end_object();
  return json_reply(400, out.take());
}

std::unexpected<base::Error> refused(const std::string& why) {
  return base::failure(base::ErrorCode::invalid_argument,
                       "The simulated workspace understands TABLE, `take N`, `where TimeGenerated "
                       "...`, `where ingestion_time() ...` and `print`, but not: " +
                           why);
}

// Rows as the service writes them ([[...],...]) → objects with their columns' names, one a line.
std::string records_of(std::string_view rows, std::span<const Column> columns) {
  std::string records;
  for (const auto& piece : base::split_records(rows, "").pieces) {
    const auto row = base::parse_json(piece.bytes);
    const auto* cells = row ? row->as_array() : nullptr;
    if (cells == nullptr) continue;
    base::Json::Object record;
    for (std::size_t i = 0; i < std::min(cells->size(), columns.size()); ++i) {
      // A dynamic value is the text of its JSON there.
      auto inner = columns[i].type == "dynamic" ? base::parse_json((*cells)[i].text())
                                                : base::Result<base::Json>((*cells)[i]);
      record.emplace_back(columns[i].name, inner ? *std::move(inner) : (*cells)[i]);
    }
    records += base::format_json(base::Json(std::move(record))) + "\n";
  }
  return records;
}

// datetime(2026-01-02T03:04:05Z), ago(1d), now().
std::optional<base::Timestamp> read_moment(std::string_view& text, base::Timestamp now) {
  text = base::trim(text);
  const auto close = text.find(')');
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view call = text.substr(0, close);
  const auto open = call.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view name = base::trim(call.substr(0, open));
  std::string_view inner = base::trim(call.substr(open + 1));
  text.remove_prefix(close + 1);
  if (name == "now" && inner.empty()) return now;
  if (name == "ago") {
    const auto span = base::parse_duration(inner);
    return span ? std::optional(now - *span) : std::nullopt;
  }
  if (name != "datetime") return std::nullopt;
  if (inner.starts_with('"') || inner.starts_with('\'')) inner = inner.substr(1, inner.size() - 2);
  if (const auto time = base::parse_iso(inner)) return time;
  if (const auto time = base::parse_iso(std::string(inner) + "Z")) return time;
  return base::parse_iso(std::string(inner) + "T00:00:00Z");
}

// The name that a condition on time begins with, or nothing. This workspace takes rows in as they
// happen, so both times are one.
std::string_view time_column(std::string_view condition) {
  for (const std::string_view name : {"TimeGenerated", "ingestion_time()"})
    if (condition.starts_with(name)) return name;
  return {};
}

// TimeGenerated >= X and TimeGenerated < Y, or between (X .. Y); or of ingestion_time().
Result<void> read_where(std::string_view text, base::Timestamp now, TimeBounds& bounds) {
  const std::string whole(text);
  do {
    text = base::trim(text);
    const std::string_view column = time_column(text);
    if (column.empty()) return refused("where " + whole);
    text = base::trim(text.substr(column.size()));
    if (text.starts_with("between")) {
      text = base::trim(text.substr(7));
      if (!text.starts_with('(')) return refused("where " + whole);
      text.remove_prefix(1);
      const auto from = read_moment(text, now);
      text = base::trim(text);
      if (!from || !text.starts_with("..")) return refused("where " + whole);
      text.remove_prefix(2);
      const auto to = read_moment(text, now);
      text = base::trim(text);
      if (!to || !text.starts_with(')')) return refused("where " + whole);
      text.remove_prefix(1);
      bounds.from = std::max(bounds.from, *from);
      bounds.to = std::min(bounds.to, *to);
    } else {
      const bool less = text.starts_with('<');
      if (!less && !text.starts_with('>')) return refused("where " + whole);
      const bool equal = text.substr(1).starts_with('=');
      text.remove_prefix(equal ? 2 : 1);
      const auto moment = read_moment(text, now);
      if (!moment) return refused("where " + whole);
      const base::Duration edge{equal ? 0 : 1};
      if (less)
        bounds.to = std::min(bounds.to, *moment - edge);
      else
        bounds.from = std::max(bounds.from, *moment + edge);
    }
    text = base::trim(text);
    if (text.empty()) return {};
    if (!text.starts_with("and ")) return refused("where " + whole);
    text.remove_prefix(4);
  } while (true);
}

}  // namespace

Result<TableQuery> parse_table_query(std::string_view text, base::Timestamp now) {
  TableQuery query;
  text = base::trim(text);
  if (text.ends_with(';')) text = base::trim(text.substr(0, text.size() - 1));
  const auto steps = base::split(text, '|');
  const std::string_view first = base::trim(steps.front());
  if (first.starts_with("print ")) {
    query.printed = base::trim(first.substr(6));
    const bool number = base::parse_unsigned(query.printed).has_value();
    if (steps.size() > 1 || !number) return refused(std::string(text));
    return query;
  }
  for (const std::string_view known : {"SigninLogs", "AuditLogs", "Heartbeat"})
    if (first == known) query.table = known;
  if (query.table.empty()) return refused("the table or operator '" + std::string(first) + "'");
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const std::string_view step = base::trim(steps[i]);
    if (step.starts_with("where ")) {
      // What is taken first cannot be narrowed afterwards without counting again.
      if (query.rows_max) return refused("where after take");
      VEDETTE_TRY_VOID(read_where(step.substr(6), now, query.bounds));
      continue;
    }
    const bool take = step.starts_with("take ") || step.starts_with("limit ");
    const auto number =
        base::parse_unsigned(base::trim(step.substr(std::min(step.size(), step.find(' ')))));
    if (!take || !number) return refused(std::string(step));
    query.rows_max = std::min<std::size_t>(query.rows_max.value_or(rows_max), *number);
  }
  return query;
}

bool LogAnalytics::owns(std::string_view path) {
  return path.starts_with("/v1/");
}

TenantReply LogAnalytics::answer(const TenantRequest& request, base::Timestamp now) {
  const std::string* authorization = request.header("authorization");
  TokenClaims claims;
  switch (tokens_.verify(authorization != nullptr ? *authorization : "", Service::log_analytics,
                         now, claims)) {
    case TokenFault::none:
      break;
    case TokenFault::missing:
      return service_error(401, "AuthenticationFailed",
                           "Authentication failed. The 'Authorization' header is missing.");
    case TokenFault::wrong_audience:
      return service_error(403, "InvalidAuthenticationTokenAudience",
                           "The access token has been obtained from wrong audience or resource.");
    default:
      return service_error(403, "InvalidAuthenticationToken", "The access token is invalid.");
  }
  if (options_.quotas && !quota_.take(now)) {
    TenantReply reply = service_error(429, "ThrottledError", "Rate limit is exceeded");
    reply.set("retry-after", std::to_string(quota_.wait(now).whole_seconds() + 1));
    return reply;
  }
  const auto cut = request.target.find('?');
  const std::string_view path = std::string_view(request.target).substr(0, cut);
  const auto parts = base::split(path, '/');  // "", v1, workspaces, id, query
  if (parts.size() != 5 || parts[2] != "workspaces" || parts[4] != "query")
    return service_error(404, "PathNotFoundError", "The requested path does not exist");
  if (!base::equals_ignoring_case(parts[3], workspace_id) || !options_.workspace_access)
    return service_error(403, "InsufficientAccessError",
                         "The provided credentials have insufficient access to perform the "
                         "requested operation");
  std::string text, timespan;
  if (request.method == "POST") {
    const auto body = base::parse_json(request.body);
    if (!body) return bad_query("QueryValidationError", "Failed parsing the query");
    if (const auto* query = (*body)["query"].as_string()) text = *query;
    if (const auto* span = (*body)["timespan"].as_string()) timespan = *span;
  } else {
    const QueryOptions options =
        parse_query(cut == std::string::npos ? std::string_view{}
                                             : std::string_view(request.target).substr(cut + 1));
    text = find_option(options, "query");
    timespan = find_option(options, "timespan");
  }
  if (base::trim(text).empty()) return bad_query("QueryValidationError", "query is required");
  TimeBounds asked;
  if (!timespan.empty()) {
    const auto slash = timespan.find('/');
    const auto from = base::parse_iso(timespan.substr(0, slash));
    const auto to = slash == std::string::npos
                        ? std::nullopt
                        : base::parse_iso(std::string_view(timespan).substr(slash + 1));
    if (!from || !to)
      return bad_query("QueryValidationError",
                       "The simulated workspace takes a timespan as START/END.");
    asked.from = *from;
    asked.to = *to;
  }
  auto query = parse_table_query(text, now);
  if (!query && ground_.engine != nullptr) return run_elsewhere(text, asked, now);
  if (!query) return bad_query("SemanticError", query.error().message);
  query->bounds.from = std::max(query->bounds.from, asked.from);
  query->bounds.to = std::min(query->bounds.to, asked.to);
  return run(*query, now);
}

// With those of our tables that the text speaks of.
TenantReply LogAnalytics::run_elsewhere(std::string_view text, const TimeBounds& bounds,
                                        base::Timestamp now) {
  std::vector<QueryEngine::Table> tables;
  const auto add = [&](std::string_view name, std::span<const Column> columns,
                       std::size_t (LogAnalytics::*write)(base::JsonWriter&, const TableQuery&,
                                                          base::Timestamp)) {
    if (text.find(name) == std::string_view::npos) return;
    TableQuery all;
    all.table = name;
    all.bounds = bounds;
    base::JsonWriter rows;
    rows.begin_array();
    (this->*write)(rows, all, now);
    rows.end_array();
    tables.push_back({std::string(name), records_of(rows.text(), columns)});
  };
  add("SigninLogs", sign_in_columns, &LogAnalytics::write_sign_ins);
  add("AuditLogs", audit_columns, &LogAnalytics::write_audits);
  add("Heartbeat", heartbeat_columns, &LogAnalytics::write_heartbeats);
  constexpr std::string_view indicators = "ThreatIntelIndicators";
  if (ground_.threat_intelligence != nullptr && text.find(indicators) != std::string_view::npos)
    tables.push_back({std::string(indicators), ground_.threat_intelligence->rows()});
  auto answer = ground_.engine->answer(text, tables, now);
  if (!answer) return bad_query("SemanticError", answer.error().message);
  return json_reply(200, *std::move(answer));
}

TenantReply LogAnalytics::run(const TableQuery& query, base::Timestamp now) {
  base::JsonWriter out;
  out.begin_object().key("tables").begin_array();
  std::size_t written = 0;
  if (query.table.empty()) {
    constexpr std::array<Column, 1> columns = {{{"print_0", "long"}}};
    write_columns(out, columns);
    out.begin_array().number(base::parse_unsigned(query.printed).value_or(0)).end_array();
  } else if (query.table == "SigninLogs") {
    write_columns(out, sign_in_columns);
    written = write_sign_ins(out, query, now);
  } else if (query.table == "AuditLogs") {
    write_columns(out, audit_columns);
    written = write_audits(out, query, now);
  } else {
    write_columns(out, heartbeat_columns);
    written = write_heartbeats(out, query, now);
  }
  out.end_array().end_object().end_array();
  if (written >= rows_max) {
    out.key("error").begin_object().member("code", "PartialError");
    out.member("message", "There were some errors when processing your query.").end_object();
  }
  out.end_object();
  return json_reply(200, out.take());
}

std::size_t LogAnalytics::write_sign_ins(base::JsonWriter& out, const TableQuery& query,
                                         base::Timestamp now) {
  const std::size_t most = std::min(query.rows_max.value_or(rows_max), rows_max);
  const base::Timestamp from = std::max(query.bounds.from, timeline_.begin());
  const base::Timestamp to = std::min(query.bounds.to, now);
  std::size_t written = 0;
  for (std::int64_t day = day_of(from); day <= day_of(to) && written < most; ++day) {
    const Slice<SignIn> records = timeline_.sign_ins(day);
    for (const SignIn& planned : *records) {
      if (planned.kind != SignInKind::interactive || planned.time < from || planned.time > to ||
          visible_from(planned) > now)
        continue;
      const auto happened = accounts_.apply(planned);
      if (!happened) continue;
      if (written == most) break;
      const SignIn sign_in = SignInDocuments::known_at(*happened, now);
      base::JsonWriter document;
      sign_ins_.write(document, sign_in, now, GraphVersion::beta,
                      Selection("userId,userPrincipalName,userDisplayName,appDisplayName,appId,"
                                "ipAddress,clientAppUsed,location,status,deviceDetail"));
      const auto tree = base::parse_json(document.text());
      if (!tree) continue;
      const auto text = [&](std::string_view name) {
        const auto* value = (*tree)[name].as_string();
        out.string(value != nullptr ? *value : "");
      };
      const OutcomeText& outcome = text_of(sign_in.outcome);
      out.begin_array().string(workspace_id).string(base::format_iso(sign_in.time));
      out.string(format_guid(sign_in.id())).string("Sign-in activity").string("SignInLogs");
      out.string(std::to_string(outcome.error_code));
      out.string(outcome.error_code == 0 ? "" : outcome.failure_reason);
      for (const std::string_view name : {"userPrincipalName", "userDisplayName", "userId",
                                          "appDisplayName", "appId", "ipAddress"})
        text(name);
      const auto* country = (*tree)["location"]["countryOrRegion"].as_string();
      out.string(country != nullptr ? *country : "");
      text("clientAppUsed");
      for (const std::string_view name : {"location", "status", "deviceDetail"})
        out.string(base::format_json((*tree)[name]));
      out.string("SigninLogs").end_array();
      ++written;
    }
  }
  return written;
}

std::size_t LogAnalytics::write_audits(base::JsonWriter& out, const TableQuery& query,
                                       base::Timestamp now) {
  const std::size_t most = std::min(query.rows_max.value_or(rows_max), rows_max);
  const base::Timestamp from = std::max(query.bounds.from, timeline_.begin());
  const base::Timestamp to = std::min(query.bounds.to, now);
  std::size_t written = 0;
  for (std::int64_t day = day_of(from); day <= day_of(to) && written < most; ++day) {
    const Slice<Change> records = timeline_.changes(day);
    for (const Change& change : *records) {
      if (change.time < from || change.time > to || visible_from(change) > now) continue;
      if (written == most) break;
      base::JsonWriter document;
      audits_.write(document, change, Selection());
      const auto tree = base::parse_json(document.text());
      if (!tree) continue;
      out.begin_array().string(workspace_id).string(base::format_iso(change.time));
      for (const std::string_view name :
           {"id", "activityDisplayName", "category", "result", "correlationId"}) {
        const auto* value = (*tree)[name].as_string();
        out.string(value != nullptr ? *value : "");
      }
      out.string(base::format_json((*tree)["initiatedBy"]));
      out.string(base::format_json((*tree)["targetResources"]));
      out.string("AuditLogs").end_array();
      ++written;
    }
  }
  return written;
}

// One machine, once a minute.
std::size_t LogAnalytics::write_heartbeats(base::JsonWriter& out, const TableQuery& query,
                                           base::Timestamp now) {
  const std::size_t most = std::min(query.rows_max.value_or(rows_max), rows_max);
  const base::Timestamp from = std::max(query.bounds.from, timeline_.begin());
  const base::Timestamp to = std::min(query.bounds.to, now);
  std::size_t written = 0;
  for (std::int64_t beat = (from.unix_seconds() + heartbeat_s - 1) / heartbeat_s;
       beat * heartbeat_s <= to.unix_seconds() && written < most; ++beat, ++written) {
    const auto time = base::Timestamp::from_unix_seconds(beat * heartbeat_s);
    out.begin_array().string(workspace_id).string(base::format_iso(time)).string("vm-build-01");
    out.string("Linux").string("10.1.0.4").string("Heartbeat").end_array();
  }
  return written;
}

}  // namespace vedette::simulate::tenant
