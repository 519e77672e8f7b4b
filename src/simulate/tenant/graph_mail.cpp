#include "simulate/tenant/graph_mail.h"

#include <algorithm>

#include "base/text.h"
#include "simulate/tenant/signature.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::size_t kept_mails_max = 100;
constexpr std::size_t mail_bytes_max = 4 * 1024 * 1024;  // what sendMail takes in one request

// Base64 as mail has it: with line ends, padding and the other two characters.
std::optional<std::string> decode_mail(std::string_view body) {
  std::string text;
  for (const char c : body)
    if (c != '\r' && c != '\n' && c != '=') text += c == '+' ? '-' : c == '/' ? '_' : c;
  return decode_base64url(text);
}

// The value of a header in the mail's head; empty: it has none. Folded lines are one.
std::string header_of(std::string_view mail, std::string_view name) {
  std::string found;
  bool is_inside = false;
  for (std::string_view line : base::split(mail.substr(0, mail.find("\r\n\r\n")), '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');
    if (goes_on && is_inside) found += line;
    if (goes_on) continue;
    const auto colon = line.find(':');
    is_inside =
        colon != std::string_view::npos && base::equals_ignoring_case(line.substr(0, colon), name);
    if (is_inside) found = base::trim(line.substr(colon + 1));
  }
  return found;
}

bool is_text(const GraphCall& call) {
  const std::string* type = call.request.header("content-type");
  return type != nullptr && type->starts_with("text/plain");
}

}  // namespace

std::optional<TenantReply> GraphMail::answer(const GraphCall& call) {
  const bool sends = call.request.method == "POST" && call.is({"users", "*", "sendMail"});
  const bool lists = call.request.method == "GET" &&
                     call.is({"users", "*", "mailFolders", "sentitems", "messages"});
  const bool shows =
      call.request.method == "GET" && call.is({"users", "*", "messages", "*", "$value"});
  if (!sends && !lists && !shows) return std::nullopt;
  if (std::ranges::find(call.claims.roles, sends ? "Mail.Send" : "Mail.Read") ==
      call.claims.roles.end())
    return call.error(403, "ErrorAccessDenied",
                      "Access is denied. Check credentials and try again.");
  const std::uint32_t sender = directory_.find(call.path[1]);
  if (sender >= directory_.people().size() || !accounts_.is_enabled(sender, call.now))
    return call.error(404, "ErrorInvalidUser",
                      "The requested user '" + call.path[1] + "' is invalid.");
  if (sends) return send(call, sender);
  return lists ? list(call, sender) : show(call, sender);
}

TenantReply GraphMail::send(const GraphCall& call, std::uint32_t sender) {
  if (!is_text(call))
    return call.error(400, "BadRequest",
                      "The simulated tenant takes mails in MIME form only (text/plain, base64).");
  if (call.request.body.size() > mail_bytes_max)
    return call.error(413, "RequestEntityTooLarge", "The request is larger than 4 MB.");
  auto content = decode_mail(call.request.body);
  if (!content)
    return call.error(400, "ErrorMimeContentInvalidBase64String",
                      "Invalid base64 string for MIME content.");
  if (header_of(*content, "To").empty() || content->find("\r\n\r\n") == std::string::npos)
    return call.error(400, "ErrorMimeContentInvalid", "The MIME content is invalid.");
  if (sent_.size() >= kept_mails_max) sent_.pop_front();
  sent_.push_back({"AAMk" + std::to_string(++sent_ever_), sender, *std::move(content)});
  return {202, {}, {}, {}};
}

TenantReply GraphMail::list(const GraphCall& call, std::uint32_t sender) const {
  base::JsonWriter out;
  begin_list(out, call, "users('" + call.path[1] + "')/mailFolders('sentitems')/messages");
  for (const SentMail& mail : sent_) {
    if (mail.sender != sender) continue;
    out.begin_object().member("id", mail.id);
    out.member("subject", header_of(mail.content, "Subject"));
    out.member("internetMessageId", header_of(mail.content, "Message-ID")).end_object();
  }
  end_list(out, call, std::nullopt);
  return json_reply(200, out.take());
}

TenantReply GraphMail::show(const GraphCall& call, std::uint32_t sender) const {
  const auto found = std::ranges::find(sent_, call.path[3], &SentMail::id);
  if (found == sent_.end() || found->sender != sender)
    return call.error(404, "ErrorItemNotFound", "The specified object was not found in the store.");
  TenantReply reply{200, {}, found->content, {}};
  reply.set("content-type", "text/plain");
  return reply;
}

}  // namespace vedette::simulate::tenant
