#include "simulate/truth.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace vedette::simulate {

std::string format_truth(const PlannedAlert& alert) {
  base::JsonWriter writer;
  writer.begin_object().member("rule", alert.rule).member("scenario", alert.scenario);
  writer.key("entity").begin_object();
  writer.member("type", model::name_of(alert.entity.type)).member("value", alert.entity.value);
  writer.end_object();
  writer.member("first_event", base::format_iso(alert.first_event));
  writer.member("last_event", base::format_iso(alert.last_event));
  if (alert.success.is_set()) writer.member("success", base::format_iso(alert.success));
  writer.key("attempts").number(alert.attempts);
  writer.key("addresses").number(alert.addresses);
  writer.key("users").begin_array();
  for (const std::string& user : alert.users) writer.string(user);
  writer.end_array();
  writer.key("certain").boolean(alert.certain).end_object();
  return writer.take() + '\n';
}

std::string format_truth(const Mix& mix) {
  base::JsonWriter writer;
  writer.begin_object().key("mix").begin_object();
  writer.key("lines").number(mix.lines).key("bytes").number(mix.bytes);
  writer.key("failed_password_lines").number(mix.failed_password_lines);
  writer.key("failed_lines").number(mix.failed_lines);
  writer.key("failure_lines").number(mix.failure_lines);
  writer.key("accepted_lines").number(mix.accepted_lines);
  writer.key("attempts").number(mix.attempts).key("addresses").number(mix.addresses);
  writer.key("attacks").begin_object();
  writer.key("brute_force").number(mix.brute_force);
  writer.key("password_spray").number(mix.password_spray);
  writer.key("brute_force_user").number(mix.brute_force_user);
  writer.key("brute_force_network").number(mix.brute_force_network);
  writer.key("success_after_failures").number(mix.success_after_failures);
  writer.end_object();
  writer.member("first_line", base::format_iso(mix.first_line));
  writer.member("last_line", base::format_iso(mix.last_line));
  writer.end_object().end_object();
  return writer.take() + '\n';
}

std::string describe(const Mix& mix) {
  const auto share = [&](std::uint64_t part) {
    return mix.lines == 0 ? 0.0
                          : 100.0 * static_cast<double>(part) / static_cast<double>(mix.lines);
  };
  const auto number = [](std::uint64_t n) { return base::group_thousands(n); };
  return fmt::format(
      "{} lines, {}, over {}\n"
      "sshd failures: {:.1f} % of the lines (\"Failed password\" alone {:.1f} %), {} attempts\n"
      "accepted log-ins: {}; different addresses: {}\n"
      "attacks: {} brute force, {} spray, {} on one user, {} from one network, {} with success\n",
      number(mix.lines), base::format_bytes(mix.bytes),
      base::format_duration(mix.last_line - mix.first_line), share(mix.failure_lines),
      share(mix.failed_password_lines), number(mix.attempts), number(mix.accepted_lines),
      number(mix.addresses), number(mix.brute_force), number(mix.password_spray),
      number(mix.brute_force_user), number(mix.brute_force_network),
      number(mix.success_after_failures));
}

}  // namespace vedette::simulate
