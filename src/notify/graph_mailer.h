// Owns: handing a mail to Microsoft Graph (POST /users/{sender}/sendMail with the mail in MIME
// form), as a body of ports::Mailer, so that all that holds for mail holds for it.
// Promises: those of the port; the token goes out in one header and is in no answer; a token that
// is not taken is forgotten, so that the next attempt has a new one; a wait that is asked for (429)
// is handed on. Graph takes or refuses a mail for all recipients at once, and keeps a copy in the
// sender's Sent Items, as it does with all MIME mails.
// Source: Microsoft Graph v1.0, user: sendMail. Permission: Mail.Send (application).
// Must not know: what a mail says, how tokens are had. One thread.
#pragma once

#include <memory>
#include <string>

#include "ports/access_tokens.h"
#include "ports/clock.h"
#include "ports/http_client.h"
#include "ports/mailer.h"

namespace vedette::notify {

struct GraphMailerSettings {
  std::string endpoint = "https://graph.microsoft.com";  // of the cloud, without a slash at its end
  std::string scope = "https://graph.microsoft.com/.default";
};

class GraphMailer : public ports::Mailer {
 public:
  // The clock outlives it.
  GraphMailer(GraphMailerSettings settings, std::unique_ptr<ports::AccessTokens> tokens,
              const ports::Clock& clock, std::unique_ptr<ports::HttpClient> client)
      : settings_(std::move(settings)),
        tokens_(std::move(tokens)),
        clock_(clock),
        client_(std::move(client)) {}

  [[nodiscard]] base::Result<ports::MailAnswer> send(const ports::Mail& mail) override;

 private:
  [[nodiscard]] ports::MailAnswer read(const ports::Mail& mail,
                                       const ports::HttpResponse& response);

  const GraphMailerSettings settings_;
  const std::unique_ptr<ports::AccessTokens> tokens_;
  const ports::Clock& clock_;
  const std::unique_ptr<ports::HttpClient> client_;
};

}  // namespace vedette::notify
