#include "notify/mail_message.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "notify/facts.h"
#include "notify/mail_text.h"
#include "notify/message_fields.h"
#include "notify/webhook.h"

namespace vedette::notify {
namespace {

constexpr std::size_t subject_bytes_max = 200;
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

FieldStyle mail_style() {
  FieldStyle style;
  style.title_max = style.summary_max = style.reason_max = style.footer_max = 500;
  style.reasons_max = 200'000;
  style.value_max = style.users_max = 6'000;
  style.item_max = 300;
  return style;
}

FieldStyle subject_style() {
  FieldStyle style = mail_style();
  style.encode = &visible_text;
  return style;
}

FieldStyle text_style() {
  FieldStyle style = mail_style();
  style.encode = &encode_mail_text;
  style.reasons = {"- ", "", "", "\n"};
  style.acknowledge = {"\n- To acknowledge it, open this page and confirm: ", "", "", ""};
  return style;
}

FieldStyle html_style() {
  FieldStyle style = mail_style();
  style.encode = &encode_mail_html;
  style.reasons = {"<li><bdi>", "", "</bdi></li>", "\n"};
  style.facts = {"<tr><th align=\"left\" valign=\"top\" style=\"padding:2px 16px 2px 0\">",
                 "</th><td style=\"padding:2px 0\"><bdi>", "</bdi></td></tr>", "\n"};
  style.acknowledge = {"<p><a href=\"", "",
                       "\">Acknowledge this incident</a> (a page asks you to confirm)</p>", ""};
  return style;
}

std::string part(std::string_view type, std::string_view text) {
  return fmt::format(
      "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\n{}\r\n",
      type, quoted_printable(text));
}

}  // namespace

MailParts mail_parts(const Message& message, const MessageTemplates& templates) {
  const FieldStyle subject = subject_style(), text = text_style(), html = html_style();
  if (message.notice != nullptr)
    return {templates.fill(MessageTemplate::policy_subject, MessageFields(message, subject)),
            templates.fill(MessageTemplate::policy_text, MessageFields(message, text)),
            templates.fill(MessageTemplate::policy_html, MessageFields(message, html))};
  return {templates.fill(MessageTemplate::mail_subject, MessageFields(message, subject)),
          templates.fill(MessageTemplate::mail_text, MessageFields(message, text)),
          templates.fill(MessageTemplate::mail_html, MessageFields(message, html))};
}

std::string message_id(const Message& message, const MailAddresses& addresses) {
  const std::string key = message.key.empty() ? Webhook::message_id(message.change, message.alert)
                                              : std::string(message.key);
  return fmt::format("<vedette.{}@{}>", id_of(key), domain_of(addresses));
}

std::string compose_mail(const Message& message, const MailAddresses& addresses,
                         const MessageTemplates& templates) {
  const MailParts parts = mail_parts(message, templates);
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
         mail_header("Subject", parts.subject, subject_bytes_max) + mail_header("Message-ID", id) +
         mail_header("In-Reply-To", thread) + mail_header("References", thread) +
         mail_header("Auto-Submitted", "auto-generated") + mail_header("MIME-Version", "1.0") +
         fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n", boundary) +
         fmt::format("--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n", boundary,
                     part("text/plain", parts.text), part("text/html", parts.html));
}

}  // namespace vedette::notify
