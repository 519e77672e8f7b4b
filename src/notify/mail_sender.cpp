#include "notify/mail_sender.h"

#include <fmt/format.h>

#include <algorithm>

#include "notify/chat_text.h"
#include "notify/mail_text.h"

namespace vedette::notify {
namespace {

using base::Duration;
using ports::MailReply;
using ports::MailStep;

constexpr std::size_t partials_max = 64;
constexpr Duration token_wait = Duration::minutes(1);
// At most so many mails at once, then one each: servers count them.
constexpr Pace mail_pace{10, Duration::seconds(2)};

bool is_temporary(const MailReply& reply) {
  return reply.code >= 400 && reply.code < 500;
}
bool is_for_good(const MailReply& reply) {
  return reply.code >= 500;
}
bool is_taken(const MailReply& reply) {
  return reply.code >= 200 && reply.code < 300;
}

std::string said(std::string_view what, const MailReply& reply) {
  return fmt::format("{} was answered with {} ({})", what, reply.code,
                     visible_text(reply.text, 200));
}

std::string_view words(MailStep step) {
  switch (step) {
    case MailStep::greeting:
      return "the greeting";
    case MailStep::login:
      return "the log-in";
    case MailStep::sender:
      return "the sender's address";
    case MailStep::recipients:
      return "the recipients";
    case MailStep::content:
      break;
  }
  return "the mail";
}

}  // namespace

Pace MailSender::pace() const {
  return mail_pace;
}

MailSender::Partial& MailSender::partial_of(const std::string& id) {
  const auto found = std::ranges::find(partials_, id, &Partial::id);
  if (found != partials_.end()) return *found;
  if (partials_.size() >= partials_max) partials_.pop_front();
  return partials_.emplace_back(Partial{id, {}, {}, false});
}

Outcome MailSender::send(Message message, const ports::Clock& clock, const std::stop_token& stop) {
  message.now = clock.now();
  const std::string id = message_id(message, settings_.addresses);
  Partial& partial = partial_of(id);
  ports::Mail mail;
  mail.sender = settings_.addresses.from;
  for (const auto& address : settings_.addresses.to)
    if (!partial.settled.contains(address)) mail.recipients.push_back(address);
  mail.content = compose_mail(message, settings_.addresses, *settings_.templates);
  mail.stop = stop;
  answer_.clear();
  const auto answer = mailer_->send(mail);
  if (answer)
    answer_ = fmt::format("{} {}", answer->reply.code, visible_text(answer->reply.text, 300));
  if (!answer) {
    if (answer.error().code == base::ErrorCode::refused)
      return DestinationBroken{answer.error().message};
    // Before its content was under way nobody can have the mail.
    const bool maybe_delivered = answer.error().code != base::ErrorCode::not_found;
    return TryAgain{std::nullopt, maybe_delivered, answer.error().message};
  }
  Outcome outcome = read(partial, mail, *answer);
  if (auto* delivered = std::get_if<Delivered>(&outcome)) delivered->remote_id = id;
  if (std::holds_alternative<Delivered>(outcome) || std::holds_alternative<MessageRefused>(outcome))
    std::erase_if(partials_, [&](const Partial& each) { return each.id == id; });
  return outcome;
}

Outcome MailSender::read(Partial& partial, const ports::Mail& mail,
                         const ports::MailAnswer& answer) const {
  if (answer.step == MailStep::content && is_taken(answer.reply))
    return read_recipients(partial, mail, answer);
  if (answer.step == MailStep::recipients) return read_recipients(partial, mail, answer);
  const std::string reason = said(words(answer.step), answer.reply);
  if (answer.step == MailStep::login) return read_login(answer.reply);
  if (!is_for_good(answer.reply)) return TryAgain{answer.wait, false, reason};
  if (answer.step == MailStep::content) return MessageRefused{reason};
  return DestinationBroken{reason};
}

Outcome MailSender::read_login(const MailReply& reply) const {
  const std::string reason = said(words(MailStep::login), reply);
  if (is_temporary(reply)) return TryAgain{std::nullopt, false, reason};
  if (settings_.token_login)
    return TryAgain{token_wait, false, reason + ": the token may have expired; it is read again"};
  return DestinationBroken{reason + ": set [smtp] user and password"};
}

// The mail was taken for those whose address was; without any of them it was not sent.
Outcome MailSender::read_recipients(Partial& partial, const ports::Mail& mail,
                                    const ports::MailAnswer& answer) const {
  std::string later;
  for (std::size_t i = 0; i < mail.recipients.size(); ++i) {
    const MailReply reply = i < answer.recipients.size() ? answer.recipients[i] : MailReply{};
    const bool has_it = is_taken(reply) && answer.step == MailStep::content;
    if (has_it || is_for_good(reply)) partial.settled.insert(mail.recipients[i]);
    if (has_it) partial.is_with_anybody = true;
    const std::string shown = said(mail.recipients[i], reply);
    if (is_for_good(reply)) partial.refused += (partial.refused.empty() ? "" : "; ") + shown;
    if (!has_it && !is_for_good(reply)) later += (later.empty() ? "" : "; ") + shown;
  }
  if (!later.empty()) return TryAgain{std::nullopt, false, later};
  if (!partial.is_with_anybody) return MessageRefused{partial.refused};
  return Delivered{{}, {}, partial.refused};
}

}  // namespace vedette::notify
