#include "net/curl_mailer.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/encode.h"
#include "base/text.h"
#include "net/curl_exchange.h"

namespace vedette::net {
namespace {

using base::ErrorCode;
using ports::MailAnswer;
using ports::MailReply;
using ports::MailStep;

constexpr std::size_t reply_bytes_max = 300;

// One exchange as it goes on: which command was the last, and what was said to it.
struct Conversation {
  explicit Conversation(const std::string& content) : left(content) {}

  std::string_view left;  // of the mail
  MailAnswer answer;
  bool content_begun = false;
  bool is_over = false;  // what comes after QUIT says nothing of the mail
  MailReply reply;       // the one that is coming in, or the last
};

MailStep step_of(std::string_view command, MailStep before) {
  if (command.starts_with("MAIL ")) return MailStep::sender;
  if (command.starts_with("RCPT ")) return MailStep::recipients;
  if (command.starts_with("DATA")) return MailStep::content;
  if (command.starts_with("AUTH ")) return MailStep::login;
  return before;
}

// "250-SIZE 1000" goes on, "250 OK" is the end of a reply.
void take_reply_line(Conversation& conversation, std::string_view line) {
  if (line.size() < 3) return;
  const auto code = base::parse_unsigned(line.substr(0, 3));
  if (!code) return;
  MailReply& reply = conversation.reply;
  reply.code = static_cast<int>(*code);
  const std::string_view text = base::trim(line.substr(std::min<std::size_t>(4, line.size())));
  if (!reply.text.empty()) reply.text += ' ';
  if (reply.text.size() < reply_bytes_max) reply.text += text;
  if (line.size() > 3 && line[3] == '-') return;
  reply.text = base::clean_utf8(reply.text, reply_bytes_max);
  if (conversation.answer.step == MailStep::recipients)
    conversation.answer.recipients.push_back(reply);
  conversation.answer.reply = reply;
  reply.text.clear();
}

// libcurl's own record of what both sides say. What we say may hold the password: only which
// command it is is looked at.
int take_words(CURL*, curl_infotype type, char* bytes, std::size_t size, void* target) {
  auto& conversation = *static_cast<Conversation*>(target);
  std::string_view text(bytes, size);
  if (type == CURLINFO_HEADER_OUT && text.starts_with("QUIT")) conversation.is_over = true;
  if (type == CURLINFO_HEADER_OUT && !conversation.content_begun)
    conversation.answer.step = step_of(text, conversation.answer.step);
  while (type == CURLINFO_HEADER_IN && !conversation.is_over && !text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    take_reply_line(conversation, text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return 0;
}

std::size_t give_content(char* target, std::size_t one, std::size_t count, void* source) {
  auto& conversation = *static_cast<Conversation*>(source);
  conversation.content_begun = true;
  const std::string_view part = conversation.left.substr(0, one * count);
  std::memcpy(target, part.data(), part.size());
  conversation.left.remove_prefix(part.size());
  return part.size();
}

std::size_t ignore_bytes(char*, std::size_t one, std::size_t count, void*) {
  return one * count;
}

bool is_encryption_missing(CURLcode code) {
  return code == CURLE_USE_SSL_FAILED || code == CURLE_SSL_CIPHER;
}

}  // namespace

struct CurlMailer::State {
  CurlMailerSettings settings;
  std::string url;    // "smtp://host:port"
  std::string shown;  // "mail to smtp.example.org:587"
  std::unique_ptr<CurlExchange> exchange;

  void prepare(const ports::Mail& mail, const base::Secret& secret, curl_slist* recipients,
               Conversation& conversation) const;
  void prepare_login(const base::Secret& secret) const;
  template <typename Value>
  void set(CURLoption option, Value value) const {
    [[maybe_unused]] const CURLcode code = curl_easy_setopt(exchange->handle(), option, value);
    assert(code == CURLE_OK);  // an option that libcurl 7.88 does not know is our fault
  }
};

void CurlMailer::State::prepare(const ports::Mail& mail, const base::Secret& secret,
                                curl_slist* recipients, Conversation& conversation) const {
  const bool is_plain = settings.encryption == MailEncryption::none;
  exchange->begin(mail.timeout_ms);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  set(CURLOPT_NOPROXY, "*");  // a mail server is spoken to directly
  // Each mail on a connection of its own: which reply belongs to which command is then plain.
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_MAIL_FROM, mail.sender.c_str());
  set(CURLOPT_MAIL_RCPT, recipients);
  set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // the others get it all the same
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &give_content);
  set(CURLOPT_READDATA, &conversation);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.content.size()));
  set(CURLOPT_WRITEFUNCTION, &ignore_bytes);
  set(CURLOPT_DEBUGFUNCTION, &take_words);
  set(CURLOPT_DEBUGDATA, &conversation);
  set(CURLOPT_VERBOSE, 1L);  // what makes it call take_words; nothing is printed
  if (!settings.user.empty()) prepare_login(secret);
}

void CurlMailer::State::prepare_login(const base::Secret& secret) const {
  set(CURLOPT_USERNAME, settings.user.c_str());
  // A Secret is a std::string inside, so a zero byte follows its view.
  if (settings.secret_is_token) {
    set(CURLOPT_XOAUTH2_BEARER, secret.reveal().data());
    set(CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
  } else {
    set(CURLOPT_PASSWORD, secret.reveal().data());
  }
}

CurlMailer::CurlMailer(std::unique_ptr<State> state) : state_(std::move(state)) {}
CurlMailer::~CurlMailer() = default;

base::Result<std::unique_ptr<CurlMailer>> CurlMailer::create(CurlMailerSettings settings) {
  auto state = std::make_unique<State>();
  const bool from_the_start = settings.encryption == MailEncryption::tls;
  const std::string host = settings.host.find(':') == std::string::npos
                               ? settings.host
                               : "[" + settings.host + "]";  // IPv6
  state->url = fmt::format("{}://{}:{}", from_the_start ? "smtps" : "smtp", host, settings.port);
  state->shown = fmt::format("mail to {}:{}", base::encode_terminal(host, 300), settings.port);
  state->exchange = VEDETTE_TRY(CurlExchange::create(settings.ca_file));
  state->settings = std::move(settings);
  return std::make_unique<CurlMailer>(std::move(state));
}

base::Result<MailAnswer> CurlMailer::send(const ports::Mail& mail) {
  assert(!mail.recipients.empty());
  base::Secret secret;
  if (!state_->settings.user.empty()) {
    auto found = state_->settings.secret();
    // Nothing was sent yet, so nobody has the mail.
    if (!found)
      return base::failure(
          found.error().code == ErrorCode::unavailable ? ErrorCode::not_found : ErrorCode::refused,
          found.error().message);
    secret = std::move(*found);
  }
  CurlTexts recipients;
  for (const auto& recipient : mail.recipients) {
    // Addresses are checked where they are read; one that could start a command is a bug.
    assert(recipient.find_first_of("\r\n<> ") == std::string::npos);
    recipients.add(recipient);
  }
  Conversation conversation(mail.content);
  state_->prepare(mail, secret, recipients.get(), conversation);
  const auto code = static_cast<CURLcode>(state_->exchange->perform(mail.stop));
  curl_easy_reset(state_->exchange->handle());  // no pointer into this call's frame is left

  if (mail.stop.stop_requested() && code != CURLE_OK)
    return base::failure(ErrorCode::cancelled, state_->shown + ": stopped");
  const MailAnswer& answer = conversation.answer;
  const bool is_answer = code == CURLE_OK || (answer.reply.code >= 400 && answer.reply.code < 600);
  const bool was_refused = answer.step == MailStep::login && answer.reply.code >= 500;
  if (was_refused && state_->settings.secret_was_refused) state_->settings.secret_was_refused();
  if (is_answer) return answer;
  if (is_encryption_missing(code))
    return base::failure(ErrorCode::refused,
                         state_->shown + ": the server offers no encryption, so nothing was sent");
  const ErrorCode worth_a_try =
      conversation.content_begun ? ErrorCode::unavailable : ErrorCode::not_found;
  if (code == CURLE_OPERATION_TIMEDOUT)
    return base::failure(worth_a_try,
                         fmt::format("{}: not done within {} ms", state_->shown, mail.timeout_ms));
  base::Error error = state_->exchange->error(code, state_->shown);
  if (error.code == ErrorCode::unavailable) error.code = worth_a_try;
  if (code == CURLE_LOGIN_DENIED) error.code = ErrorCode::refused;
  return std::unexpected(std::move(error));
}

}  // namespace vedette::net
