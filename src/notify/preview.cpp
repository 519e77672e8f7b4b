#include "notify/preview.h"

#include <fmt/format.h>

namespace vedette::notify {

std::vector<PreviewPart> preview(const Channel& channel, const Message& message) {
  const ports::HttpRequest request = channel.compose(message);
  std::string head = fmt::format("{} to {}\n", request.method, channel.name());
  for (const auto& [name, value] : request.headers)
    head += fmt::format("{}: {}\n", name, name == "Authorization" ? "***" : value);
  return {{"request.txt", std::move(head)}, {"body.json", request.body + "\n"}};
}

std::vector<PreviewPart> preview(const MailAddresses& addresses, const MessageTemplates& templates,
                                 const Message& message) {
  MailParts parts = mail_parts(message, templates);
  return {{"subject.txt", parts.subject + "\n"},
          {"mail.txt", std::move(parts.text)},
          {"mail.html", std::move(parts.html)},
          {"mail.eml", compose_mail(message, addresses, templates)}};
}

}  // namespace vedette::notify
