// Owns: how a change of an alert looks as a mail: headers, a text part, an HTML part.
// Promises: the same message is the same bytes at each attempt; its Message-ID is
// made of the message's key; all mails about one incident stand in one thread (they refer to an id
// that is the incident's), so that no state is needed for it. Every text from outside goes through
// mail_text.h. Must not know: mail servers. A pure function; any thread.
#pragma once

#include <string>
#include <vector>

#include "notify/channel.h"
#include "notify/message_templates.h"

namespace vedette::notify {

struct MailAddresses {
  std::string from;
  std::vector<std::string> to;
};

struct MailParts {
  std::string subject;  // visible text
  std::string text, html;
};

[[nodiscard]] MailParts mail_parts(const Message& message, const MessageTemplates& templates);
// "<vedette.0123456789abcdef.fedcba9876543210@example.org>"
[[nodiscard]] std::string message_id(const Message& message, const MailAddresses& addresses);
// The whole mail, RFC 5322.
[[nodiscard]] std::string compose_mail(const Message& message, const MailAddresses& addresses,
                                       const MessageTemplates& templates);

}  // namespace vedette::notify
