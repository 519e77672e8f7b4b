// Owns: mail as a channel: a message becomes a mail, and the server's answers become an outcome.
// Promises: a recipient who has a mail does not get it again while this process lives, though it is
// tried again for the others; 4xx is tried again; who is refused for good (5xx) is told, and only
// when that is everybody the message is given up. Must not know: queues, the mail protocol. One
// thread.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>

#include "notify/mail_message.h"
#include "notify/sender.h"
#include "ports/mailer.h"

namespace vedette::notify {

struct MailSettings {
  MailAddresses addresses;
  std::string shown;         // "mail through smtp.example.org": what messages and logs call it
  bool token_login = false;  // a refused login may be mended by the next token
  Templates templates = MessageTemplates::built_in();
};

class MailSender : public Sender {
 public:
  MailSender(MailSettings settings, std::unique_ptr<ports::Mailer> mailer)
      : settings_(std::move(settings)), mailer_(std::move(mailer)) {}

  [[nodiscard]] const std::string& name() const override { return settings_.shown; }
  [[nodiscard]] Pace pace() const override;
  [[nodiscard]] std::string last_answer() const override { return answer_; }
  Outcome send(Message message, const ports::Clock& clock, const std::stop_token& stop) override;

 private:
  // Who has a message, or is refused, though others wait.
  struct Partial {
    std::string id;
    std::set<std::string> settled;
    std::string refused;  // who and why, in words
    bool is_with_anybody = false;
  };

  Partial& partial_of(const std::string& id);
  [[nodiscard]] Outcome read(Partial& partial, const ports::Mail& mail,
                             const ports::MailAnswer& answer) const;
  [[nodiscard]] Outcome read_recipients(Partial& partial, const ports::Mail& mail,
                                        const ports::MailAnswer& answer) const;
  [[nodiscard]] Outcome read_login(const ports::MailReply& reply) const;

  const MailSettings settings_;
  const std::unique_ptr<ports::Mailer> mailer_;
  std::deque<Partial> partials_;  // the newest last
  std::string answer_;
};

}  // namespace vedette::notify
