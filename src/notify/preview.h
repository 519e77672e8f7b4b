// Owns: what would be sent about a message, to be looked at. Promises: nothing is sent; nothing in
// it is secret (addresses by their host only, tokens as ***). Must not know: files, terminals. Any
// thread.
#pragma once

#include <string>
#include <vector>

#include "notify/channel.h"
#include "notify/mail_message.h"

namespace vedette::notify {

struct PreviewPart {
  std::string name;  // "body.json", "mail.html": fit for a file's name
  std::string text;
};

[[nodiscard]] std::vector<PreviewPart> preview(const Channel& channel, const Message& message);
[[nodiscard]] std::vector<PreviewPart> preview(const MailAddresses& addresses,
                                               const MessageTemplates& templates,
                                               const Message& message);

}  // namespace vedette::notify
