#include "server/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "model/incident.h"

namespace vedette::server {
namespace {

using net::ReceivedRequest;
using net::ReceiverReply;

constexpr std::uint64_t page_max = 1'000;
constexpr std::array<std::string_view, 3> own_hosts{"localhost", "127.0.0.1", "[::1]"};

// "limit=10&open=true": what a name is set to.
std::optional<std::string_view> parameter(std::string_view query, std::string_view name) {
  for (const auto part : base::split(query, '&')) {
    const std::size_t equal = part.find('=');
    if (part.substr(0, equal) == name)
      return equal == std::string_view::npos ? "" : part.substr(equal + 1);
  }
  return std::nullopt;
}

// What the query asks for, or what is wrong with it.
base::Result<ports::IncidentFilter> read_filter(std::string_view query) {
  ports::IncidentFilter filter;
  const auto number = [&](std::string_view name,
                          std::uint64_t most) -> base::Result<std::optional<std::uint64_t>> {
    const auto text = parameter(query, name);
    if (!text) return std::optional<std::uint64_t>();
    const auto value = base::parse_unsigned(*text);
    if (!value || *value == 0 || *value > most)
      return base::failure(
          base::ErrorCode::invalid_argument,
          std::string(name) + " must be a number from 1 to " + std::to_string(most));
    return value;
  };
  if (const auto limit = VEDETTE_TRY(number("limit", page_max))) filter.limit = *limit;
  if (const auto before = VEDETTE_TRY(number("before", INT64_MAX))) filter.before_number = *before;
  if (const auto open = parameter(query, "open")) {
    if (*open != "true" && *open != "false")
      return base::failure(base::ErrorCode::invalid_argument, "open must be true or false");
    filter.open_only = *open == "true";
  }
  return filter;
}

ReceiverReply store_failed() {
  return failure_reply(503, "the incidents cannot be read now; see the service's log");
}

}  // namespace

bool Gate::is_our_host(const ReceivedRequest& request) const {
  const auto is_host = [](const auto& field) { return field.first == "host"; };
  if (std::ranges::count_if(request.headers, is_host) != 1) return false;
  std::string name = base::to_lower_ascii(*request.header("host"));
  const std::size_t colon = name.rfind(':');
  const bool has_port = colon != std::string::npos && name.find(']', colon) == std::string::npos;
  if (has_port) name.resize(colon);
  return std::ranges::find(own_hosts, name) != own_hosts.end() ||
         std::ranges::any_of(hosts_, [&](const std::string& host) {
           return base::equals_ignoring_case(host, name);
         });
}

// The time it takes depends on nothing but the length of what was sent.
bool Gate::has_token(const ReceivedRequest& request) const {
  constexpr std::string_view scheme = "bearer ";
  const std::string* header = request.header("authorization");
  if (header == nullptr || header->size() <= scheme.size() ||
      base::to_lower_ascii(std::string_view(*header).substr(0, scheme.size())) != scheme)
    return false;
  const std::string_view given = std::string_view(*header).substr(scheme.size());
  const std::string_view token = token_.reveal();
  if (token.empty()) return false;
  auto difference = static_cast<unsigned>(given.size() != token.size());
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^
                  static_cast<unsigned>(static_cast<unsigned char>(token[i % token.size()]));
  return difference == 0;
}

ReceiverReply reply(int status, std::string body) {
  return {status,
          {{"Content-Type", "application/json"},
           {"X-Content-Type-Options", "nosniff"},
           {"Cache-Control", "no-store"},
           {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
           {"Referrer-Policy", "no-referrer"}},
          std::move(body)};
}

ReceiverReply failure_reply(int status, std::string_view text) {
  base::JsonWriter writer;
  writer.begin_object().member("error", text).end_object();
  return reply(status, writer.take() + "\n");
}

std::optional<ReceiverReply> refuse_stranger(const Gate& gate, const ReceivedRequest& request,
                                             bool needs_token) {
  if (!gate.is_our_host(request))
    return failure_reply(421, "the Host of this request is not one of this server's names");
  if (!needs_token || gate.has_token(request)) return std::nullopt;
  ReceiverReply refused =
      failure_reply(401, "this needs the token of the data folder: Authorization: Bearer TOKEN");
  refused.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

ReceiverReply Routes::answer(const ReceivedRequest& request) const {
  const std::string_view target = request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  const bool is_open = path == "/healthz" || path == "/readyz" || path == "/metrics";
  if (auto refused = refuse_stranger(gate_, request, !is_open)) return *std::move(refused);
  if (request.method != "GET") {
    ReceiverReply refused = failure_reply(405, "only GET");
    refused.headers.emplace_back("Allow", "GET");
    return refused;
  }
  if (path == "/healthz") return reply(200, "{\"status\":\"alive\"}\n");
  if (path == "/readyz") return ready();
  if (path == "/metrics") {
    ReceiverReply metrics = reply(200, sources_.metrics());
    metrics.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
    return metrics;
  }
  constexpr std::string_view incident_path = "/api/incidents/";
  if (path == "/api/incidents") return incidents(query);
  if (path.starts_with(incident_path)) return incident(path.substr(incident_path.size()));
  if (path == "/api/alerts") return alerts(query);
  return failure_reply(404, "there is nothing here");
}

ReceiverReply Routes::ready() const {
  const auto reasons = sources_.reasons_not_ready();
  base::JsonWriter writer;
  writer.begin_object().member("status", reasons.empty() ? "ready" : "not ready");
  writer.key("reasons").begin_array();
  for (const auto& reason : reasons) writer.string(reason);
  writer.end_array().end_object();
  return reply(reasons.empty() ? 200 : 503, writer.take() + "\n");
}

ReceiverReply Routes::incidents(std::string_view query) const {
  const auto filter = read_filter(query);
  if (!filter) return failure_reply(400, filter.error().message);
  const auto found = sources_.incidents.list(*filter);
  if (!found) return store_failed();
  base::JsonWriter writer;
  writer.begin_object().key("incidents").begin_array();
  for (const auto& incident : *found) model::append_json(writer, incident, nullptr);
  writer.end_array().end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Routes::incident(std::string_view text) const {
  const auto number = base::parse_unsigned(text);
  if (!number || *number > INT64_MAX) return failure_reply(404, "there is no such incident");
  const auto found = sources_.incidents.find(*number);
  if (!found) return store_failed();
  if (!*found) return failure_reply(404, "there is no such incident");
  const auto timeline = sources_.incidents.timeline(*number);
  if (!timeline) return store_failed();
  base::JsonWriter writer;
  model::append_json(writer, **found, &*timeline);
  return reply(200, writer.take() + "\n");
}

// The alerts of the incidents that the query asks for.
ReceiverReply Routes::alerts(std::string_view query) const {
  const auto filter = read_filter(query);
  if (!filter) return failure_reply(400, filter.error().message);
  const auto found = sources_.incidents.list(*filter);
  if (!found) return store_failed();
  base::JsonWriter writer;
  writer.begin_object().key("alerts").begin_array();
  for (const auto& incident : *found)
    for (const auto& alert : incident.alerts) model::append_json(writer, alert, nullptr);
  writer.end_array().end_object();
  return reply(200, writer.take() + "\n");
}

}  // namespace vedette::server
