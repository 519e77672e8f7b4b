#include "notify/mail_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "notify/facts.h"
#include "notify/mail_text.h"
#include "notify/webhook.h"

namespace vedette::notify {
namespace {

using model::AlertChange;

constexpr std::size_t subject_bytes_max = 200;
constexpr std::size_t reason_bytes_max = 500;
constexpr std::size_t value_bytes_max = 300;
constexpr std::size_t values_max = 20;  // of one fact
constexpr std::size_t reasons_max = 20;
constexpr std::uint64_t second_half = 0x9e3779b97f4a7c15ULL;

std::string domain_of(const MailAddresses& addresses) {
  return addresses.from.substr(addresses.from.find('@') + 1);
}

// 128 bits of a text that may hold anything, as what may stand in an id.
std::string id_of(std::string_view text) {
  return fmt::format("{:016x}.{:016x}", base::hash_bytes(text),
                     base::hash_bytes(text, second_half));
}

// What all mails about one incident refer to; no mail has this id.
std::string thread_id(const Message& message, const MailAddresses& addresses) {
  if (message.incident == 0)
    return fmt::format("<vedette.alert.{}@{}>", model::format_id(message.alert.id),
                       domain_of(addresses));
  return fmt::format("<vedette.incident.{}@{}>", message.incident, domain_of(addresses));
}

std::string footer(const Message& message) {
  std::string text =
      "Vedette, rule " + message.alert.rule + ", alert " + model::format_id(message.alert.id);
  if (message.incident != 0) text += fmt::format(", incident {}", message.incident);
  return text;
}

using Encode = std::string (*)(std::string_view text, std::size_t bytes_max);

std::string joined(const std::vector<std::string>& values, Encode encode) {
  std::string out;
  const std::size_t shown = std::min(values.size(), values_max);
  for (std::size_t i = 0; i < shown; ++i)
    out += (i == 0 ? "" : ", ") + encode(values[i], value_bytes_max);
  if (shown < values.size()) out += fmt::format(" and {} more", values.size() - shown);
  return out;
}

std::string shown_reasons(const model::Alert& alert, Encode encode, std::string_view before,
                          std::string_view after) {
  std::string out;
  for (std::size_t i = 0; i < std::min(alert.reasons.size(), reasons_max); ++i)
    out += fmt::format("{}{}{}", before, encode(alert.reasons[i], reason_bytes_max), after);
  return out;
}

std::string_view colour_of(model::Severity severity) {
  switch (severity) {
    case model::Severity::high:
      return "#b3261e";
    case model::Severity::medium:
      return "#b25e00";
    case model::Severity::low:
      return "#6b6b00";
    case model::Severity::informational:
      break;
  }
  return "#4a5568";
}

std::string part(std::string_view type, std::string_view text) {
  return fmt::format(
      "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\n{}\r\n",
      type, quoted_printable(text));
}

}  // namespace

std::string mail_subject(const Message& message) {
  const std::string number = message.incident == 0 ? "" : fmt::format("[#{}] ", message.incident);
  const bool is_update = message.change == AlertChange::updated;
  return number + (is_update ? "Update: " : "") + headline(message.change, message.alert);
}

std::string mail_text_part(const Message& message) {
  std::string text =
      encode_mail_text(headline(message.change, message.alert), reason_bytes_max) + "\n\n";
  const std::string reasons = shown_reasons(message.alert, encode_mail_text, "- ", "\n");
  if (!reasons.empty()) text += reasons + "\n";
  for (const Fact& fact : facts(message.change, message.alert))
    text += fmt::format("{}: {}\n", fact.label, joined(fact.values, encode_mail_text));
  return text + "\n" + encode_mail_text(footer(message), reason_bytes_max) + "\n";
}

std::string mail_html_part(const Message& message) {
  std::string rows;
  for (const Fact& fact : facts(message.change, message.alert))
    rows += fmt::format(
        "<tr><th align=\"left\" valign=\"top\" style=\"padding:2px 16px 2px 0\">{}</th>"
        "<td style=\"padding:2px 0\"><bdi>{}</bdi></td></tr>\n",
        encode_mail_html(fact.label, value_bytes_max), joined(fact.values, encode_mail_html));
  const std::string reasons =
      shown_reasons(message.alert, encode_mail_html, "<li><bdi>", "</bdi></li>\n");
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Vedette</title>"
      "</head>\n<body style=\"font-family:sans-serif;color:#1a1a1a\">\n"
      "<h2 style=\"color:{}\"><bdi>{}</bdi></h2>\n<ul>\n{}</ul>\n<table>\n{}</table>\n"
      "<p style=\"color:#5a5a5a\">{}</p>\n</body></html>\n",
      colour_of(message.alert.severity),
      encode_mail_html(headline(message.change, message.alert), reason_bytes_max), reasons, rows,
      encode_mail_html(footer(message), reason_bytes_max));
}

std::string message_id(const Message& message, const MailAddresses& addresses) {
  const std::string key = message.key.empty() ? Webhook::message_id(message.change, message.alert)
                                              : std::string(message.key);
  return fmt::format("<vedette.{}@{}>", id_of(key), domain_of(addresses));
}

std::string compose_mail(const Message& message, const MailAddresses& addresses) {
  std::string recipients;
  for (const auto& address : addresses.to) recipients += (recipients.empty() ? "" : ", ") + address;
  const std::string id = message_id(message, addresses);
  const std::string thread = thread_id(message, addresses);
  // Quoted-printable never holds "=_": no part can end itself.
  const std::string boundary = "=_vedette_" + id_of(id);
  // When it was decided, which a later attempt does not change.
  const base::Timestamp date = message.alert.updated.is_set() ? message.alert.updated : message.now;
  constexpr std::size_t recipients_bytes_max = 64 * 1024;
  return mail_header("Date", mail_date(date)) +
         mail_header("From", "Vedette <" + addresses.from + ">") +
         mail_header("To", recipients, recipients_bytes_max) +
         mail_header("Subject", mail_subject(message), subject_bytes_max) +
         mail_header("Message-ID", id) + mail_header("In-Reply-To", thread) +
         mail_header("References", thread) + mail_header("Auto-Submitted", "auto-generated") +
         mail_header("MIME-Version", "1.0") +
         fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary) +
         fmt::format("--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n", boundary,
                     part("text/plain", mail_text_part(message)),
                     part("text/html", mail_html_part(message)));
}

}  // namespace vedette::notify
