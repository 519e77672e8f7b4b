// What every body of ports::Mailer must do. A World has
//   ports::Mailer& mailer();
//   void refuse(verb, reply): the next exchange's command of that name ("MAIL", "RCPT", "END" for
//     the content) is answered so; everything else is taken;
//   void break_connection(): nobody listens any more;
//   std::vector<std::string> taken(): the contents that the server has taken.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ports/mailer.h"

namespace vedette::contract {

template <typename World>
class MailerContract : public testing::Test {
 protected:
  [[nodiscard]] static ports::Mail mail() {
    ports::Mail mail;
    mail.sender = "vedette@example.org";
    mail.recipients = {"a@example.org", "b@example.org"};
    mail.content = "Subject: x\r\n\r\n.a line that begins with a dot\r\n";
    return mail;
  }
  World world_;
};
TYPED_TEST_SUITE_P(MailerContract);

TYPED_TEST_P(MailerContract, AMailIsTakenWhole) {
  const auto answer = this->world_.mailer().send(this->mail());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->step, ports::MailStep::content);
  EXPECT_EQ(answer->reply.code, 250);
  ASSERT_EQ(answer->recipients.size(), 2U);
  EXPECT_EQ(answer->recipients[1].code, 250);
  EXPECT_EQ(this->world_.taken(), std::vector<std::string>{this->mail().content});
}

TYPED_TEST_P(MailerContract, WhatTheServerSaysIsAnAnswer) {
  struct Case {
    const char* verb;
    ports::MailReply reply;
    ports::MailStep step;
  };
  for (const Case& each : {Case{"MAIL", {451, "later"}, ports::MailStep::sender},
                           Case{"END", {554, "spam"}, ports::MailStep::content}}) {
    this->world_.refuse(each.verb, each.reply);
    const auto answer = this->world_.mailer().send(this->mail());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->step, each.step);
    EXPECT_EQ(answer->reply.code, each.reply.code);
    EXPECT_EQ(answer->reply.text, each.reply.text);
  }
  EXPECT_TRUE(this->world_.taken().empty());
}

TYPED_TEST_P(MailerContract, OneRecipientOfTwo) {
  this->world_.refuse("RCPT", {550, "no such user"});
  const auto answer = this->world_.mailer().send(this->mail());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->step, ports::MailStep::content);
  ASSERT_EQ(answer->recipients.size(), 2U);
  EXPECT_EQ(answer->recipients[0].code, 550);
  EXPECT_EQ(answer->recipients[1].code, 250);
  EXPECT_EQ(this->world_.taken().size(), 1U);
}

TYPED_TEST_P(MailerContract, NobodyThereIsNotFound) {
  this->world_.break_connection();
  const auto answer = this->world_.mailer().send(this->mail());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::ErrorCode::not_found);
}

REGISTER_TYPED_TEST_SUITE_P(MailerContract, AMailIsTakenWhole, WhatTheServerSaysIsAnAnswer,
                            OneRecipientOfTwo, NobodyThereIsNotFound);

}  // namespace vedette::contract
