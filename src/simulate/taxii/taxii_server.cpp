#include "simulate/taxii/taxii_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "simulate/seeded_random.h"
#include "simulate/tenant/fault_injector.h"
#include "simulate/tenant/identifier.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/signature.h"

namespace vedette::simulate::taxii {
namespace {

using base::Duration;
using base::JsonWriter;
using base::Timestamp;
using tenant::Fault;
using tenant::TenantReply;
using tenant::TenantRequest;

constexpr std::size_t indicators_max = 1'000'000, named_max = 10'000;
constexpr std::uint64_t object_kind = 0x5458;
constexpr std::string_view media_type = "application/taxii+json;version=2.1";
constexpr std::string_view write_only_id = "52892447-4d7e-4f70-b94d-d7f22742ff63";

constexpr std::array faults{Fault::throttle_seconds, Fault::throttle_date, Fault::throttle_bare,
                            Fault::status_500,       Fault::status_502,    Fault::status_503,
                            Fault::status_504,       Fault::closed,        Fault::silent,
                            Fault::cut_body,         Fault::cut_json,      Fault::broken_chunk,
                            Fault::gzip_corrupt,     Fault::gzip_bomb,     Fault::html_login,
                            Fault::next_loop,        Fault::wrong_types};

TenantReply taxii_reply(int status, std::string body) {
  return {status, {{"content-type", std::string(media_type)}}, std::move(body), {}};
}

// {"title","description","http_status"}, the standard's error message.
TenantReply refusal(int status, std::string_view title) {
  JsonWriter out;
  out.begin_object().member("title", title).member("http_status", std::to_string(status));
  out.end_object();
  return taxii_reply(status, out.take());
}

struct Object {
  Timestamp added;
  std::string id, json;
};

std::string write_indicator(const std::string& id, const std::string& pattern, Timestamp time,
                            int confidence) {
  JsonWriter out;
  out.begin_object().member("type", "indicator").member("spec_version", "2.1").member("id", id);
  out.member("created", base::format_iso(time)).member("modified", base::format_iso(time));
  out.member("pattern", pattern).member("pattern_type", "stix");
  out.member("valid_from", base::format_iso(time));
  out.key("confidence").number(std::int64_t{confidence});
  out.key("indicator_types").begin_array().string("malicious-activity").end_array();
  out.end_object();
  return out.take();
}

std::string make_pattern(SeededRandom& random, bool is_invalid) {
  const std::uint64_t number = random.next();
  if (is_invalid)
    return number % 2 == 0 ? "[windows-registry-key:key = 'HKLM\\\\x']" : "[ipv4-addr:value =";
  if (number % 4 == 0) return fmt::format("[domain-name:value = '{:012x}.example']", number >> 8);
  if (number % 4 == 1)
    return fmt::format("[url:value = 'http://{:08x}.example/{}']", number >> 8 & 0xFFFFFFFF,
                       number % 997);
  return fmt::format("[ipv4-addr:value = '198.{}.{}.{}']", 18 + number % 2, number / 4 % 256,
                     number / 1024 % 256);
}

}  // namespace

base::Result<void> check(const TaxiiOptions& options) {
  const auto wrong = [](std::string text) {
    return base::failure(base::ErrorCode::invalid_argument, std::move(text));
  };
  if (options.indicators > indicators_max)
    return wrong(fmt::format("--indicators takes up to {}", indicators_max));
  if (options.days < 1 || options.days > 3'650) return wrong("--days takes 1 to 3650");
  if (options.invalid_percent < 0 || options.invalid_percent > 100)
    return wrong("--invalid takes 0 to 100");
  if (options.page_max < 1 || options.page_max > 10'000) return wrong("--page takes 1 to 10000");
  if (options.password.empty() || options.token.empty())
    return wrong("--password and --token must not be empty");
  if (options.named.size() > named_max)
    return wrong(fmt::format("there are more than {} --indicator", named_max));
  return {};
}

std::vector<tenant::FaultName> taxii_faults() {
  std::vector<tenant::FaultName> found;
  for (const auto& known : tenant::all_faults())
    if (std::ranges::find(faults, known.fault) != faults.end()) found.push_back(known);
  return found;
}

struct TaxiiServer::State {
  State(const TaxiiOptions& given, const std::vector<tenant::FaultOrder>& orders,
        const ports::Clock& clock_in)
      : options(given), clock(clock_in), injector(std::vector<tenant::FaultOrder>{}) {
    for (const auto& order : orders)
      if (order.fault == Fault::next_loop || order.fault == Fault::wrong_types)
        own_faults.push_back(order);
      else
        injector.add(order);
    make_objects();
  }

  void make_objects();
  TenantReply route(const TenantRequest& request);
  TenantReply objects_reply(const tenant::QueryOptions& query);
  TenantReply add(const TenantRequest& request);
  [[nodiscard]] bool is_let_in(const TenantRequest& request) const;
  [[nodiscard]] bool strikes(Fault fault);

  const TaxiiOptions options;
  const ports::Clock& clock;
  std::vector<Object> objects;  // by when they were added
  tenant::FaultInjector injector;
  std::vector<tenant::FaultOrder> own_faults;
};

void TaxiiServer::State::make_objects() {
  SeededRandom random(options.seed);
  const Timestamp now = clock.now();
  const auto id = [&](std::size_t number) {
    return "indicator--" + tenant::format_guid(tenant::made_of(options.seed, object_kind, number));
  };
  const Duration span = Duration::hours(24L * options.days);
  for (std::size_t i = 0; i < options.indicators; ++i) {
    // Many are added at the very same time, as servers that take in bundles have it.
    const auto part = static_cast<std::int64_t>(i / 50 * 50);
    const Duration before{span.ticks -
                          span.ticks / static_cast<std::int64_t>(options.indicators) * part};
    const Timestamp added = now - before;
    const bool is_invalid =
        random.next() % 100 < static_cast<std::uint64_t>(options.invalid_percent);
    objects.push_back(
        {added, id(i), write_indicator(id(i), make_pattern(random, is_invalid), added, 60)});
  }
  for (std::size_t i = 0; i < options.named.size(); ++i)
    objects.push_back(
        {now, id(options.indicators + i),
         write_indicator(id(options.indicators + i),
                         fmt::format("[ipv4-addr:value = '{}']", options.named[i]), now, 100)});
}

bool TaxiiServer::State::is_let_in(const TenantRequest& request) const {
  const std::string* given = request.header("authorization");
  if (given == nullptr) return false;
  if (*given == "Bearer " + options.token) return true;
  // Base64 without its padding and with other letters for two: the form that we can write.
  std::string expected = tenant::encode_base64url(options.user + ":" + options.password);
  std::ranges::replace(expected, '-', '+');
  std::ranges::replace(expected, '_', '/');
  std::string_view basic = *given;
  if (!basic.starts_with("Basic ")) return false;
  basic.remove_prefix(6);
  while (basic.ends_with('=')) basic.remove_suffix(1);
  return basic == expected;
}

bool TaxiiServer::State::strikes(Fault fault) {
  const auto order = std::ranges::find_if(own_faults, [&](const tenant::FaultOrder& each) {
    return each.fault == fault && each.times > 0;
  });
  if (order == own_faults.end()) return false;
  if (order->times != tenant::forever) --order->times;
  return true;
}

TenantReply TaxiiServer::State::objects_reply(const tenant::QueryOptions& query) {
  if (strikes(Fault::wrong_types)) return taxii_reply(200, R"({"more":"yes","objects":"none"})");
  const std::string_view after_text = tenant::find_option(query, "added_after");
  const auto after = base::parse_iso(after_text);
  if (!after_text.empty() && !after) return refusal(400, "added_after is no timestamp");
  const std::string type(tenant::find_option(query, "match[type]"));
  const std::string_view id = tenant::find_option(query, "match[id]");
  std::size_t limit = options.page_max;
  if (const auto asked = base::parse_unsigned(tenant::find_option(query, "limit")))
    limit = std::clamp<std::size_t>(*asked, 1, options.page_max);
  auto from = base::parse_unsigned(tenant::find_option(query, "next")).value_or(0);
  if (from > 0 && strikes(Fault::next_loop)) from -= std::min<std::uint64_t>(from, limit);
  JsonWriter out;
  std::string list;
  std::size_t at = static_cast<std::size_t>(from), written = 0;
  Timestamp first, last;
  for (; at < objects.size() && written < limit; ++at) {
    const Object& object = objects[at];
    if (after && object.added <= *after) continue;
    if (!id.empty() && object.id != id) continue;
    if (!type.empty() && object.json.find("\"type\":\"" + type + "\"") == std::string::npos)
      continue;
    if (written++ == 0) first = object.added;
    last = object.added;
    list += (list.empty() ? "" : ",") + object.json;
  }
  if (written == 0) return taxii_reply(200, "{}");
  const bool has_more = at < objects.size();
  out.begin_object().key("more").boolean(has_more);
  if (has_more) out.member("next", std::to_string(at));
  std::string body = out.take() + ",\"objects\":[" + list + "]}";
  TenantReply reply = taxii_reply(200, std::move(body));
  reply.set("x-taxii-date-added-first", base::format_iso(first));
  reply.set("x-taxii-date-added-last", base::format_iso(last));
  return reply;
}

TenantReply TaxiiServer::State::add(const TenantRequest& request) {
  const std::string* type = request.header("content-type");
  if (type == nullptr || !type->starts_with("application/taxii+json"))
    return refusal(415, "Content-Type must be application/taxii+json;version=2.1");
  const auto body = base::parse_json(request.body);
  const auto* given = body ? (*body)["objects"].as_array() : nullptr;
  if (given == nullptr) return refusal(422, "the body is no envelope");
  if (objects.size() + given->size() > indicators_max + named_max)
    return refusal(413, "there is no room for more");
  for (const auto& each : *given)
    objects.push_back({clock.now(), each["id"].text(), base::format_json(each)});
  JsonWriter out;
  out.begin_object().member("id", tenant::format_guid(tenant::made_of(options.seed, 1, 1)));
  out.member("status", "complete").key("total_count").number(given->size());
  out.key("success_count").number(given->size()).key("failure_count").number(std::int64_t{0});
  out.key("pending_count").number(std::int64_t{0}).end_object();
  return taxii_reply(202, out.take());
}

TenantReply TaxiiServer::State::route(const TenantRequest& request) {
  const auto cut = request.target.find('?');
  const std::string path = request.target.substr(0, cut);
  const auto query = tenant::parse_query(cut == std::string::npos
                                             ? std::string_view{}
                                             : std::string_view(request.target).substr(cut + 1));
  const std::string* accept = request.header("accept");
  if (accept == nullptr || accept->find("application/taxii+json") == std::string::npos)
    return refusal(406, "Accept must be application/taxii+json;version=2.1");
  if (!is_let_in(request)) {
    TenantReply reply = refusal(401, "who are you?");
    reply.set("www-authenticate", "Basic realm=\"taxii\"");
    return reply;
  }
  if (path == "/taxii2/")
    return taxii_reply(200, fmt::format(R"({{"title":"A simulated TAXII server",)"
                                        R"("default":"{0}/api1/","api_roots":["{0}/api1/"]}})",
                                        request.origin));
  if (path == "/api1/")
    return taxii_reply(200,
                       R"({"title":"the root","versions":["application/taxii+json;version=2.1"],)"
                       R"("max_content_length":10485760})");
  const auto collection = [](std::string_view id, std::string_view title, bool may_read) {
    return fmt::format(R"({{"id":"{}","title":"{}","can_read":{},"can_write":true,)"
                       R"("media_types":["application/stix+json;version=2.1"]}})",
                       id, title, may_read);
  };
  if (path == "/api1/collections/")
    return taxii_reply(200, fmt::format(R"({{"collections":[{},{}]}})",
                                        collection(collection_id, "Indicators", true),
                                        collection(write_only_id, "Inbox", false)));
  const std::string own = fmt::format("/api1/collections/{}/", collection_id);
  if (path == own) return taxii_reply(200, collection(collection_id, "Indicators", true));
  if (path == own + "objects/")
    return request.method == "POST" ? add(request) : objects_reply(query);
  if (path == fmt::format("/api1/collections/{}/objects/", write_only_id))
    return refusal(403, "this collection may not be read");
  return refusal(404, "there is nothing there");
}

TaxiiServer::TaxiiServer(const TaxiiOptions& options, const std::vector<tenant::FaultOrder>& orders,
                         const ports::Clock& clock)
    : state_(std::make_unique<State>(options, orders, clock)) {}
TaxiiServer::~TaxiiServer() = default;

TenantReply TaxiiServer::answer(const TenantRequest& request) {
  const Timestamp now = state_->clock.now();
  auto broken = state_->injector.instead(request, now);
  const bool is_answered = !broken;
  TenantReply reply = broken ? *std::move(broken) : state_->route(request);
  reply.set("date", tenant::http_date(now));
  if (is_answered) state_->injector.apply(request, reply, now);
  return reply;
}

}  // namespace vedette::simulate::taxii
