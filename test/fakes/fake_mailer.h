// A mail server without a network: it answers as the test says and keeps what it was sent. Body of
// ports::Mailer.
#pragma once

#include <functional>
#include <vector>

#include "ports/mailer.h"

namespace vedette::fakes {

struct MailServer {
  // Takes everything, unless the test says otherwise.
  std::function<base::Result<ports::MailAnswer>(const ports::Mail&)> answer =
      [](const ports::Mail& mail) { return taken(mail); };
  std::vector<ports::Mail> mails;

  static base::Result<ports::MailAnswer> taken(const ports::Mail& mail) {
    ports::MailAnswer answer{ports::MailStep::content, {250, "queued"}, {}};
    answer.recipients.assign(mail.recipients.size(), {250, "ok"});
    return answer;
  }
};

class FakeMailer : public ports::Mailer {
 public:
  explicit FakeMailer(MailServer& server) : server_(server) {}
  [[nodiscard]] base::Result<ports::MailAnswer> send(const ports::Mail& mail) override {
    server_.mails.push_back(mail);
    return server_.answer(mail);
  }

 private:
  MailServer& server_;
};

}  // namespace vedette::fakes
