#include "notify/graph_mailer.h"

#include <fmt/format.h>

#include "base/http_text.h"
#include "base/json.h"
#include "notify/retry_after.h"
#include "notify/signature.h"

namespace vedette::notify {
namespace {

using base::ErrorCode;
using ports::MailAnswer;
using ports::MailStep;

constexpr std::size_t words_bytes_max = 200;

// {"error":{"code":"ErrorAccessDenied","message":"Access is denied."}}: its words.
std::string words_of(const ports::HttpResponse& response) {
  const auto json = base::parse_json(response.body);
  std::string words = fmt::format("Graph answered {}", response.status);
  if (!json) return words;
  const base::Json& error = (*json)["error"];
  for (const char* member : {"code", "message"})
    if (const auto* text = error[member].as_string())
      words +=
          (std::string_view(member) == "code" ? ": " : ", ") + text->substr(0, words_bytes_max);
  return words;
}

}  // namespace

base::Result<MailAnswer> GraphMailer::send(const ports::Mail& mail) {
  const auto token = tokens_->token(settings_.scope, mail.stop);
  if (!token) {
    base::Error error = token.error();
    // Nothing was sent: worth another try, and nobody has it.
    if (error.code == ErrorCode::unavailable) error.code = ErrorCode::not_found;
    return std::unexpected(std::move(error));
  }
  ports::HttpRequest request;
  request.url = base::Secret(fmt::format("{}/v1.0/users/{}/sendMail", settings_.endpoint,
                                         base::percent_encode(mail.sender)));
  request.headers = {{"Authorization", "Bearer " + std::string(token->reveal())},
                     {"Content-Type", "text/plain"}};
  request.body = encode_base64(mail.content);
  request.timeout_ms = mail.timeout_ms;
  request.stop = mail.stop;
  const auto response = client_->send(request);
  if (!response) return std::unexpected(response.error());
  return read(mail, *response);
}

// As a mail server would have said it.
MailAnswer GraphMailer::read(const ports::Mail& mail, const ports::HttpResponse& response) {
  const auto said = [&](MailStep step, int code, const std::string& remedy = "") {
    return MailAnswer{step, {code, words_of(response) + remedy}, {}, {}};
  };
  const int status = response.status;
  if (status >= 200 && status < 300) {
    MailAnswer taken{MailStep::content, {250, words_of(response)}, {}, {}};
    taken.recipients.assign(mail.recipients.size(), {250, "taken"});
    return taken;
  }
  if (status == 401) {
    tokens_->forget(settings_.scope);
    return said(MailStep::login, 535);
  }
  if (status == 403)
    return said(MailStep::sender, 550,
                "; give the application the permission Mail.Send and an administrator's consent");
  if (status == 404)
    return said(MailStep::sender, 550, "; there is no mailbox of the sender's address");
  if (status == 429 || status == 408 || status >= 500) {
    MailAnswer later = said(MailStep::greeting, 451);
    if (const std::string* wait = response.header("retry-after"))
      later.wait = base::parse_retry_after(*wait, clock_.now());
    return later;
  }
  return said(MailStep::content, 554);
}

}  // namespace vedette::notify
