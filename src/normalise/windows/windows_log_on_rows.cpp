#include "normalise/windows/windows_log_on_rows.h"

#include <fmt/format.h>

#include <utility>

#include "normalise/windows/windows_record.h"
#include "normalise/windows/windows_words.h"

namespace vedette::normalise::windows {
namespace {

using model::AuthResult;
using model::LogOnAct;
using model::WindowsLogOn;

std::string_view event_type(LogOnAct act) {
  switch (act) {
    case LogOnAct::log_off:
    case LogOnAct::session_off:
      return "Logoff";
    case LogOnAct::privileges:
      return "Elevate";
    default:
      return "Logon";
  }
}

std::string with_domain(const WindowsLogOn& log_on) {
  if (log_on.domain.empty()) return std::string(log_on.event.user.view());
  return fmt::format("{}\\{}", log_on.domain.view(), log_on.event.user.view());
}

}  // namespace

void WindowsLogOnRows::add(const WindowsLogOn& log_on, std::uint64_t content_hash,
                           base::Timestamp received, const model::Location& place) {
  if (log_on.act == LogOnAct::log_cleared) return;
  const model::AuthEvent& event = log_on.event;
  rows_.add_row({event.time, received, event.id, content_hash});
  text("EventType", event_type(log_on.act));
  rows_.set(rows_.column("EventCount"), std::int64_t{1});
  add_result(log_on);
  text("EventOriginalType", std::to_string(log_on.event_id));
  text("EventOriginalUid", model::format_id(event.id));
  text("EventVendor", "Microsoft");
  text("EventProduct", "Windows");
  text("EventSchemaVersion", "0.1.3");
  rows_.set(rows_.column("EventStartTime"), event.time);
  rows_.set(rows_.column("EventEndTime"), event.time);
  text("LogonProtocol", log_on.package.empty() ? event.service.view() : log_on.package.view());
  if (log_on.log_on_type >= 0) {
    const auto words = log_on_type_name(log_on.log_on_type);
    text("EventOriginalSubType",
         words.empty() ? std::to_string(log_on.log_on_type) : std::string(words));
  }
  text("ActorUsername", log_on.actor);
  if (!log_on.actor.empty()) text("ActorUsernameType", "Simple");
  text("TargetUsername", with_domain(log_on));
  if (!event.user.empty()) text("TargetUsernameType", log_on.domain.empty() ? "Simple" : "Windows");
  if (log_on.session_key != 0) text("TargetSessionId", model::format_id(log_on.session_key));
  text("TargetAppName", event.service);
  text("TargetAppType", "Service");
  text("ActingAppName", log_on.process);
  text("TargetHostname", event.host);
  text("DvcHostname", event.host);
  add_source(log_on, place);
}

void WindowsLogOnRows::add_result(const WindowsLogOn& log_on) {
  const bool is_success = log_on.event.result == AuthResult::success;
  text("EventResult", is_success ? "Success" : "Failure");
  text("EventSeverity", is_success ? "Informational" : "Low");
  if (is_success) return;
  const auto status = static_cast<std::uint32_t>(read_number(log_on.status.view()).value_or(0));
  const FailureWords words = failure_words(status, log_on.act == LogOnAct::ticket);
  text("EventResultDetails", words.asim);
  text("EventOriginalResultDetails",
       words.words.empty() ? std::string(log_on.status.view())
                           : fmt::format("{}: {}", log_on.status.view(), words.words));
}

void WindowsLogOnRows::add_source(const WindowsLogOn& log_on, const model::Location& place) {
  const model::AuthEvent& event = log_on.event;
  if (event.has_address()) text("SrcIpAddr", base::format_ip(event.address));
  if (event.port != 0) rows_.set(rows_.column("SrcPortNumber"), std::int64_t{event.port});
  text("SrcHostname", event.source_host);
  text("SrcGeoCountry", place.country);
  text("SrcGeoRegion", place.region);
  text("SrcGeoCity", place.city);
  if (place.has_coordinates) {
    rows_.set(rows_.column("SrcGeoLatitude"), place.latitude);
    rows_.set(rows_.column("SrcGeoLongitude"), place.longitude);
  }
  text("SrcIsp", place.organisation);
}

void WindowsLogOnRows::take(std::vector<model::TableBatch>& taken) {
  if (rows_.row_count() == 0) return;
  taken.push_back(std::exchange(rows_, empty()));
}

model::TableBatch WindowsLogOnRows::empty() const {
  model::TableBatch batch("ASimAuthenticationEventLogs");
  if (seeks_everywhere_) batch.seek_everywhere();
  return batch;
}

}  // namespace vedette::normalise::windows
