#include "simulate/tenant/fault_injector.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulate/tenant/authority.h"
#include "simulate/tenant/gzip_bytes.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::uint64_t bomb_bytes = 400'000'000;
constexpr std::size_t huge_field_bytes = 10'000'000;
constexpr std::size_t deep_levels = 10'000;
constexpr std::string_view zero_id = "00000000-0000-0000-0000-000000000000";

bool comes_instead(Fault fault) {
  return fault <= Fault::silent || fault == Fault::html_login || fault == Fault::beta_fails ||
         fault == Fault::gzip_bomb;
}
bool needs_page(Fault fault) {
  return (fault >= Fault::token_expires && fault <= Fault::wrong_types) ||
         fault == Fault::beta_reshaped;
}

TenantReply throttled(const TenantRequest&, base::Timestamp now, std::string retry_after) {
  TenantReply reply = graph_error(429, "TooManyRequests", "Too Many Requests", now, zero_id);
  if (!retry_after.empty()) reply.set("retry-after", std::move(retry_after));
  return reply;
}

TenantReply html_page(int status, std::string_view title) {
  return {status,
          {{"content-type", "text/html; charset=utf-8"}},
          fmt::format("<!DOCTYPE html><html><head><title>{}</title></head><body><h1>{}</h1></body>"
                      "</html>",
                      title, title),
          {}};
}

// The head of an answer as it goes over the wire.
std::string head_of(const TenantReply& reply, std::string_view length_header) {
  std::string head = fmt::format("HTTP/1.1 {} Simulated\r\n", reply.status);
  for (const auto& [name, value] : reply.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  return head + std::string(length_header) + "\r\n\r\n";
}

// Where the records of a page lie in its text.
struct PageText {
  std::size_t begin = 0, end = 0;  // between the brackets of "value"
  std::vector<std::pair<std::size_t, std::size_t>> records;
};

std::optional<PageText> find_page(std::string_view body) {
  constexpr std::string_view start = "\"value\":[";
  const auto at = body.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  PageText page;
  page.begin = at + start.size();
  int depth = 0;
  bool quoted = false;
  std::size_t record = page.begin;
  for (std::size_t i = page.begin; i < body.size(); ++i) {
    const char character = body[i];
    if (quoted) {
      if (character == '\\') ++i;
      if (character == '"') quoted = false;
      continue;
    }
    if (character == '"') quoted = true;
    if (character == '{' || character == '[') {
      if (depth++ == 0) record = i;
    } else if (character == '}' || character == ']') {
      if (depth == 0) {
        page.end = i;
        return page;
      }
      if (--depth == 0) page.records.emplace_back(record, i + 1);
    }
  }
  return std::nullopt;
}

// Graph writes "@odata.nextLink", Azure Resource Manager "nextLink".
void set_next_link(std::string& body, const std::string& link) {
  for (const std::string_view name : {"\"@odata.nextLink\":\"", "\"nextLink\":\""}) {
    const auto at = body.rfind(name);
    if (at == std::string::npos) continue;
    const auto from = at + name.size();
    body.replace(from, body.find('"', from) - from, link);
    return;
  }
  body.insert(body.rfind('}'), ",\"@odata.nextLink\":\"" + link + "\"");
}

void replace_records(std::string& body, const PageText& page,
                     const std::vector<std::string_view>& records) {
  std::string text;
  for (const std::string_view record : records) {
    if (!text.empty()) text += ',';
    text += record;
  }
  body.replace(page.begin, page.end - page.begin, text);
}

std::vector<std::string_view> records_of(std::string_view body, const PageText& page) {
  std::vector<std::string_view> records;
  for (const auto& [from, to] : page.records) records.push_back(body.substr(from, to - from));
  return records;
}

// Into the page's first record, as its first member; into the page where it has no record.
void insert_member(std::string& body, const PageText& page, const std::string& member) {
  if (page.records.empty()) {
    body.insert(1, member + ",");
  } else {
    body.insert(page.records.front().first + 1, member + ",");
  }
}

// In the text of a member that is there, or in one of its own.
void spoil_text(std::string& body, const PageText& page, std::string_view escape) {
  constexpr std::string_view name = "\"userDisplayName\":\"";
  const auto at = body.find(name, page.begin);
  if (at == std::string::npos)
    return insert_member(body, page, "\"note\":\"" + std::string(escape) + "\"");
  body.insert(at + name.size(), escape);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

void change_page(Fault fault, const TenantRequest& request, std::string& body,
                 const PageText& page) {
  const std::string here = request.origin + request.target;
  const std::string again =
      here + (request.target.find('?') == std::string::npos ? "?" : "&") + "page=again";
  switch (fault) {
    case Fault::next_foreign:
      return set_next_link(body, "https://graph.microsoft.example/v1.0/auditLogs/signIns?page=2");
    case Fault::next_loop:
      return set_next_link(body, here);
    case Fault::repeated_page:
      return set_next_link(body, again);
    case Fault::empty_page:
      replace_records(body, page, {});
      return set_next_link(body, again);
    case Fault::same_id_twice: {
      auto records = records_of(body, page);
      if (!records.empty()) records.push_back(records.front());
      return replace_records(body, page, records);
    }
    case Fault::out_of_order: {
      auto records = records_of(body, page);
      std::ranges::reverse(records);
      return replace_records(body, page, records);
    }
    case Fault::duplicate_keys:
      body.insert(body.rfind('}'), ",\"value\":[]");
      return;
    case Fault::integer_2_64:
      return insert_member(body, page, "\"largeNumber\":18446744073709551616");
    case Fault::lone_surrogate:
      return spoil_text(body, page, "\\ud83d");
    case Fault::nul_character:
      return spoil_text(body, page, "\\u0000");
    case Fault::deep:
      return insert_member(
          body, page, "\"deep\":" + std::string(deep_levels, '[') + std::string(deep_levels, ']'));
    case Fault::huge_field:
      return insert_member(body, page, "\"huge\":\"" + std::string(huge_field_bytes, 'a') + "\"");
    case Fault::missing_value:
      return replace_all(body, "\"value\":[", "\"values\":[");
    case Fault::wrong_types:
      body = R"({"value":"one moment, please"})";
      return;
    case Fault::beta_reshaped:
      replace_all(body, "\"createdDateTime\":", "\"created\":{\"dateTime\":null},\"createdText\":");
      return replace_all(body, "\"signInEventTypes\":[", "\"eventTypes\":[");
    default:
      return;
  }
}

// Faults of the bytes that carry the answer.
void change_bytes(Fault fault, TenantReply& reply, base::Timestamp now) {
  const std::size_t half = reply.body.size() / 2;
  const std::string length = fmt::format("content-length: {}", reply.body.size());
  switch (fault) {
    case Fault::silent_header:
      reply.wire = Wire{head_of(reply, length).substr(0, 40), true};
      return;
    case Fault::silent_body:
      reply.wire = Wire{head_of(reply, length) + reply.body.substr(0, half), true};
      return;
    case Fault::cut_body:
      reply.wire = Wire{head_of(reply, length) + reply.body.substr(0, half), false};
      return;
    case Fault::cut_json:
      reply.body.resize(half);
      return;
    case Fault::broken_chunk:
      reply.wire = Wire{head_of(reply, "transfer-encoding: chunked") +
                            fmt::format("{:x}\r\n", half) + reply.body.substr(0, half) +
                            "\r\nnot-a-number\r\n" + reply.body.substr(half) + "\r\n0\r\n\r\n",
                        false};
      return;
    case Fault::gzip_corrupt:
      reply.body = gzip_stored(reply.body);
      // A block's length no longer fits its complement.
      if (reply.body.size() > 16) reply.body[12] = static_cast<char>(reply.body[12] ^ 0x55);
      reply.set("content-encoding", "gzip");
      return;
    case Fault::clock_skew:
      reply.set("date", http_date(now + base::Duration::minutes(30)));
      return;
    default:
      return;
  }
}

}  // namespace

FaultOrder* FaultInjector::next_order(const TenantRequest& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  for (FaultOrder& order : orders_) {
    if (order.times == 0) continue;
    if (order.part.empty() ? Authority::owns(path)
                           : request.target.find(order.part) == std::string::npos)
      continue;
    const bool beta = order.fault == Fault::beta_fails || order.fault == Fault::beta_reshaped;
    if (beta && !path.starts_with("/beta/auditLogs/signIns")) continue;
    return &order;
  }
  return nullptr;
}

std::size_t FaultInjector::waiting() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(orders_, [](const FaultOrder& order) { return order.times > 0; }));
}

std::optional<TenantReply> FaultInjector::instead(const TenantRequest& request,
                                                  base::Timestamp now) {
  FaultOrder* order = next_order(request);
  if (order == nullptr || !comes_instead(order->fault)) return std::nullopt;
  if (order->times != forever) --order->times;
  constexpr std::int64_t wait_s = 2;
  switch (order->fault) {
    case Fault::throttle_seconds:
      return throttled(request, now, std::to_string(wait_s));
    case Fault::throttle_date:
      return throttled(request, now, http_date(now + base::Duration::seconds(wait_s)));
    case Fault::throttle_bare:
      return throttled(request, now, {});
    case Fault::status_500:
      return graph_error(500, "InternalServerError", "An internal error occurred.", now, zero_id);
    case Fault::status_502:
      return html_page(502, "502 Bad Gateway");
    case Fault::status_503:
      return graph_error(503, "ServiceUnavailable", "The service is unavailable.", now, zero_id);
    case Fault::status_504:
      return graph_error(504, "GatewayTimeout", "The request timed out.", now, zero_id);
    case Fault::gone:
      return graph_error(410, "resyncRequired",
                         "Resync required. Replace any local items with the server's version.", now,
                         zero_id);
    case Fault::closed:
      return TenantReply{200, {}, {}, Wire{}};
    case Fault::silent:
      return TenantReply{200, {}, {}, Wire{{}, true}};
    case Fault::gzip_bomb:
      return TenantReply{200,
                         {{"content-type", "application/json"}, {"content-encoding", "gzip"}},
                         gzip_zeros(bomb_bytes),
                         {}};
    case Fault::beta_fails:
      return graph_error(400, "BadRequest", "Resource not found for the segment 'signIns'.", now,
                         zero_id);
    default:
      return html_page(200, "Sign in to your account");
  }
}

bool FaultInjector::apply(const TenantRequest& request, TenantReply& reply, base::Timestamp now) {
  FaultOrder* order = next_order(request);
  if (order == nullptr || comes_instead(order->fault)) return false;
  const Fault fault = order->fault;
  if (needs_page(fault)) {
    const auto page = reply.status == 200 ? find_page(reply.body) : std::nullopt;
    const bool more = reply.body.find("nextLink\":\"") != std::string::npos;
    if (!page || (fault == Fault::token_expires && !more)) return false;
    change_page(fault, request, reply.body, *page);
  }
  if (order->times != forever) --order->times;
  change_bytes(fault, reply, now);
  return fault == Fault::token_expires;
}

}  // namespace vedette::simulate::tenant
