#include "simulate/tenant/message.h"

#include <fmt/format.h>

#include <array>

#include "base/json.h"

namespace vedette::simulate::tenant {

TenantReply json_reply(int status, std::string body) {
  return {status, {{"content-type", "application/json; charset=utf-8"}}, std::move(body), {}};
}

TenantReply graph_error(int status, std::string_view code, std::string_view message,
                        base::Timestamp now, std::string_view request_id) {
  base::JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.member("code", code).member("message", message).key("innerError").begin_object();
  out.member("date", base::format_iso({now.ticks - now.ticks % base::ticks_per_second}));
  out.member("request-id", request_id).member("client-request-id", request_id);
  out.end_object().end_object().end_object();
  return json_reply(status, out.take());
}

TenantReply service_error(int status, std::string_view code, std::string_view message) {
  base::JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.member("code", code).member("message", message).end_object().end_object();
  return json_reply(status, out.take());
}

std::string http_date(base::Timestamp time) {
  static constexpr std::array<std::string_view, 7> weekdays = {"Mon", "Tue", "Wed", "Thu",
                                                               "Fri", "Sat", "Sun"};
  static constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t seconds = time.unix_seconds();
  const std::int64_t days = seconds / 86'400;
  const base::CivilDate date = base::civil_from_days(days);
  const auto of_day = seconds % 86'400;
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     weekdays[static_cast<std::size_t>((days + 3) % 7)], date.day,
                     months[static_cast<std::size_t>(date.month - 1)], date.year, of_day / 3'600,
                     of_day / 60 % 60, of_day % 60);
}

}  // namespace vedette::simulate::tenant
