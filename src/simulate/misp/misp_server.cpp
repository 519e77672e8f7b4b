#include "simulate/misp/misp_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "simulate/misp/misp_filter.h"
#include "simulate/tenant/fault_injector.h"

namespace vedette::simulate::misp {
namespace {

using base::Json;
using base::JsonWriter;
using base::Timestamp;
using tenant::Fault;
using tenant::TenantReply;
using tenant::TenantRequest;

constexpr std::size_t attributes_max = 2'000'000, indicators_max = 10'000, sightings_max = 10'000;

constexpr std::array faults{
    Fault::throttle_seconds, Fault::throttle_date, Fault::throttle_bare, Fault::status_500,
    Fault::status_502,       Fault::status_503,    Fault::status_504,    Fault::closed,
    Fault::silent,           Fault::cut_body,      Fault::cut_json,      Fault::broken_chunk,
    Fault::gzip_corrupt,     Fault::gzip_bomb,     Fault::html_login,    Fault::repeated_page};

std::string seconds(Timestamp time) {
  return std::to_string(time.unix_seconds());
}

// {"name","message","url"}, as all of MISP's refusals are.
TenantReply refusal(int status, std::string_view message, std::string_view url) {
  JsonWriter out;
  out.begin_object().member("name", message).member("message", message).member("url", url);
  out.end_object();
  return tenant::json_reply(status, out.take());
}

void write_tags(JsonWriter& out, const MispEvent& event, bool inherited) {
  out.key("Tag").begin_array();
  for (const std::string& tag : event.tags) {
    out.begin_object().member("name", tag).member("colour", "#ffc000");
    if (inherited) out.key("inherited").number(std::int64_t{1});
    out.end_object();
  }
  out.end_array();
}

// Numbers as texts, flags as booleans: so the versions of these years answer.
void write_members(JsonWriter& out, const MispAttribute& attribute) {
  out.member("id", std::to_string(attribute.id));
  out.member("event_id", std::to_string(attribute.event)).member("object_id", "0");
  out.member("category", "Network activity").member("type", attribute.type);
  out.key("to_ids").boolean(attribute.to_ids).member("uuid", attribute.uuid);
  out.member("timestamp", seconds(attribute.changed)).member("distribution", "5");
  out.member("comment", attribute.comment).key("deleted").boolean(attribute.is_deleted);
  out.member("value", attribute.value);
}

// Pages of events count events, each with all of it that was found. How many there are on the page.
std::uint64_t keep_page(std::vector<const MispAttribute*>& found, const MispFilter& filter,
                        bool by_event) {
  const std::uint64_t skip = filter.limit * (filter.page - 1);
  std::uint64_t number = 0;
  std::vector<const MispAttribute*> page;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i == 0 || !by_event || found[i]->event != found[i - 1]->event) ++number;
    if (filter.limit > 0 && number > skip + filter.limit) {
      --number;
      break;
    }
    if (number > skip) page.push_back(found[i]);
  }
  found = std::move(page);
  return number - std::min(number, skip);
}

}  // namespace

base::Result<void> check(const MispOptions& options) {
  const auto wrong = [](std::string text) {
    return base::failure(base::ErrorCode::invalid_argument, std::move(text));
  };
  if (options.attributes > attributes_max)
    return wrong(fmt::format("--attributes takes up to {}", attributes_max));
  if (options.days < 1 || options.days > 3'650) return wrong("--days takes 1 to 3650");
  if (options.invalid_percent < 0 || options.invalid_percent > 100)
    return wrong("--invalid takes 0 to 100");
  if (options.key.empty()) return wrong("--key is empty");
  if (options.indicators.size() > indicators_max)
    return wrong(fmt::format("there are more than {} --indicator", indicators_max));
  return {};
}

std::vector<tenant::FaultName> misp_faults() {
  std::vector<tenant::FaultName> found;
  for (const auto& known : tenant::all_faults())
    if (std::ranges::find(faults, known.fault) != faults.end()) found.push_back(known);
  return found;
}

struct MispServer::State {
  State(const MispOptions& given, const std::vector<tenant::FaultOrder>& orders,
        const ports::Clock& clock_in)
      : options(given),
        clock(clock_in),
        events(given, clock_in.now()),
        injector(std::vector<tenant::FaultOrder>{}) {
    for (const auto& order : orders) {
      if (order.fault == Fault::repeated_page)
        repeated_pages.push_back(order);
      else
        injector.add(order);
    }
  }

  TenantReply route(const TenantRequest& request, Timestamp now);
  TenantReply search(const TenantRequest& request, bool wants_events, Timestamp now);
  std::string write_attributes(const std::vector<const MispAttribute*>& found,
                               const MispFilter& filter) const;
  std::string write_events(const std::vector<const MispAttribute*>& found) const;
  TenantReply change(std::string_view verb, std::string_view id, const Json& body, Timestamp now);
  [[nodiscard]] bool repeats(std::uint64_t page);
  TenantReply add_sightings(const Json& body, Timestamp now);
  [[nodiscard]] TenantReply list_sightings(std::string_view event) const;

  struct Sighting {
    std::uint32_t attribute = 0;
    std::int64_t time_s = 0;
  };

  const MispOptions options;
  const ports::Clock& clock;
  MispEvents events;
  tenant::FaultInjector injector;
  std::vector<tenant::FaultOrder> repeated_pages;
  std::vector<Sighting> sightings;
};

// The fault waits for a page that has one before it.
bool MispServer::State::repeats(std::uint64_t page) {
  const auto order = std::ranges::find_if(
      repeated_pages, [](const tenant::FaultOrder& each) { return each.times > 0; });
  if (order == repeated_pages.end() || page < 2) return false;
  if (order->times != tenant::forever) --order->times;
  return true;
}

TenantReply MispServer::State::search(const TenantRequest& request, bool wants_events,
                                      Timestamp now) {
  const auto body = base::parse_json(request.body);
  if (!body || body->as_object() == nullptr)
    return refusal(400,
                   "Invalid JSON input. Make sure that the JSON input is a correctly formatted "
                   "JSON string.",
                   request.target);
  MispFilter filter = read_filter(*body, now);
  if (repeats(filter.page)) --filter.page;
  std::vector<const MispAttribute*> found;
  for (const MispAttribute& attribute : events.attributes())
    if (filter.has(attribute, events.event_of(attribute))) found.push_back(&attribute);
  if (wants_events) std::ranges::stable_sort(found, {}, &MispAttribute::event);
  const std::uint64_t count = keep_page(found, filter, wants_events);
  if (filter.enforces_warning_lists)
    std::erase_if(found, [](const auto* attribute) { return attribute->on_warning_list; });
  TenantReply reply =
      tenant::json_reply(200, wants_events ? write_events(found) : write_attributes(found, filter));
  reply.set("x-result-count", std::to_string(count));
  return reply;
}

std::string MispServer::State::write_attributes(const std::vector<const MispAttribute*>& found,
                                                const MispFilter& filter) const {
  JsonWriter out;
  out.begin_object().key("response").begin_object().key("Attribute").begin_array();
  for (const MispAttribute* attribute : found) {
    const MispEvent& event = events.event_of(*attribute);
    out.begin_object();
    write_members(out, *attribute);
    out.key("Event").begin_object().member("id", std::to_string(event.id));
    out.member("info", event.info).member("uuid", event.uuid);
    out.member("publish_timestamp", seconds(event.published_at)).end_object();
    if (filter.includes_event_tags) write_tags(out, event, true);
    out.end_object();
  }
  out.end_array().end_object().end_object();
  return out.take();
}

std::string MispServer::State::write_events(const std::vector<const MispAttribute*>& found) const {
  JsonWriter out;
  out.begin_object().key("response").begin_array();
  for (std::size_t i = 0; i < found.size();) {
    const MispEvent& event = events.event_of(*found[i]);
    out.begin_object().key("Event").begin_object().member("id", std::to_string(event.id));
    out.member("uuid", event.uuid).member("info", event.info);
    out.key("published").boolean(event.is_published).member("timestamp", seconds(event.changed));
    out.member("publish_timestamp", seconds(event.published_at));
    write_tags(out, event, false);
    out.key("Attribute").begin_array();
    for (; i < found.size() && found[i]->event == event.id; ++i) {
      out.begin_object();
      write_members(out, *found[i]);
      out.end_object();
    }
    out.end_array().key("Object").begin_array().end_array().end_object().end_object();
  }
  out.end_array().end_object();
  return out.take();
}

TenantReply MispServer::State::change(std::string_view verb, std::string_view id, const Json& body,
                                      Timestamp now) {
  const auto saved = [](const MispAttribute& attribute) {
    JsonWriter out;
    out.begin_object().key("Attribute").begin_object();
    write_members(out, attribute);
    out.end_object().end_object();
    return tenant::json_reply(200, out.take());
  };
  if (verb == "add") {
    MispEvent* event = events.find_event(id);
    if (event == nullptr) return refusal(404, "Invalid event", "/attributes/add");
    if (events.attributes().size() >= attributes_max + indicators_max)
      return refusal(403, "There is no room for more", "/attributes/add");
    return saved(events.add(*event, body["type"].text(), body["value"].text(), now));
  }
  MispAttribute* attribute = events.find_attribute(id);
  if (attribute == nullptr) return refusal(404, "Invalid attribute", "/attributes");
  if (verb == "delete") attribute->is_deleted = true;
  if (const auto* flag = body["to_ids"].as_bool()) attribute->to_ids = *flag;
  events.touch(*attribute, now);
  return saved(*attribute);
}

// Source: MISP's OpenAPI document, POST /sightings/add: of each attribute of such a value, where
// the filters choose some, of those.
TenantReply MispServer::State::add_sightings(const Json& body, Timestamp now) {
  const auto* values = body["values"].as_array();
  if (values == nullptr || values->empty())
    return refusal(400, "No valid attributes found that match the criteria.", "/sightings/add");
  const std::string& uuid = body["filters"]["uuid"].text();
  const auto* time = body["timestamp"].as_integer();
  std::size_t added = 0;
  for (const MispAttribute& attribute : events.attributes()) {
    const bool is_meant = std::ranges::any_of(*values, [&](const Json& value) {
      return !value.text().empty() &&
             (attribute.value == value.text() || attribute.value.starts_with(value.text() + "|") ||
              attribute.value.ends_with("|" + value.text()));
    });
    if (!is_meant || (!uuid.empty() && attribute.uuid != uuid)) continue;
    if (sightings.size() >= sightings_max) break;
    sightings.push_back({attribute.id, time != nullptr ? *time : now.unix_seconds()});
    ++added;
  }
  if (added == 0)
    return refusal(404, "No valid attributes found that match the criteria.", "/sightings/add");
  JsonWriter out;
  out.begin_object().member("message", fmt::format("{} sighting(s) successfully added", added));
  out.end_object();
  return tenant::json_reply(200, out.take());
}

TenantReply MispServer::State::list_sightings(std::string_view event) const {
  JsonWriter out;
  out.begin_array();
  for (std::size_t i = 0; i < sightings.size(); ++i) {
    const MispAttribute& attribute = events.attributes()[sightings[i].attribute - 1];
    if (std::to_string(attribute.event) != event) continue;
    out.begin_object().member("id", std::to_string(i + 1));
    out.member("attribute_id", std::to_string(attribute.id));
    out.member("event_id", std::to_string(attribute.event)).member("type", "0");
    out.member("date_sighting", std::to_string(sightings[i].time_s));
    out.member("attribute_uuid", attribute.uuid).end_object();
  }
  out.end_array();
  return tenant::json_reply(200, out.take());
}

TenantReply MispServer::State::route(const TenantRequest& request, Timestamp now) {
  const std::string* key = request.header("authorization");
  if (key == nullptr || *key != options.key)
    return refusal(403,
                   "Authentication failed. Please make sure you pass the API key of an API enabled "
                   "user along in the Authorization header.",
                   request.target);
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  if (path == "/servers/getVersion")
    return tenant::json_reply(
        200,
        R"({"version":"2.4.199","perm_sync":true,"perm_sighting":true,"perm_galaxy_editor":true})");
  if (path == "/users/view/me")
    return tenant::json_reply(200, R"({"User":{"id":"1","email":"vedette@example.org"}})");
  constexpr std::string_view sightings_of = "/sightings/index/";
  if (path.starts_with(sightings_of)) return list_sightings(path.substr(sightings_of.size()));
  if (request.method != "POST") return refusal(405, "Only POST is answered here", request.target);
  if (path == "/attributes/restSearch") return search(request, false, now);
  if (path == "/events/restSearch") return search(request, true, now);
  const std::size_t slash = path.rfind('/');
  const std::string_view id = path.substr(slash + 1), verb = path.substr(0, slash);
  if (verb == "/events/publish") {
    MispEvent* event = events.find_event(id);
    if (event == nullptr) return refusal(404, "Invalid event", request.target);
    event->is_published = true;
    event->published_at = Timestamp::from_unix_seconds(now.unix_seconds());
    return tenant::json_reply(200, R"({"saved":true,"success":true,"name":"Job queued"})");
  }
  const auto body = base::parse_json(request.body.empty() ? "{}" : request.body);
  if (body &&
      (verb == "/attributes/add" || verb == "/attributes/edit" || verb == "/attributes/delete"))
    return change(verb.substr(verb.rfind('/') + 1), id, *body,
                  Timestamp::from_unix_seconds(now.unix_seconds()));
  if (body && path == "/sightings/add") return add_sightings(*body, now);
  return refusal(404, "Not found", request.target);
}

MispServer::MispServer(const MispOptions& options, const std::vector<tenant::FaultOrder>& orders,
                       const ports::Clock& clock)
    : state_(std::make_unique<State>(options, orders, clock)) {}
MispServer::~MispServer() = default;

TenantReply MispServer::answer(const TenantRequest& request) {
  const Timestamp now = state_->clock.now();
  auto broken = state_->injector.instead(request, now);
  const bool is_answered = !broken;
  TenantReply reply = broken ? *std::move(broken) : state_->route(request, now);
  reply.set("date", tenant::http_date(now));
  if (is_answered) state_->injector.apply(request, reply, now);
  return reply;
}

}  // namespace vedette::simulate::misp
