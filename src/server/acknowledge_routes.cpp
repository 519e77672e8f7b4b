// Owns: the page behind the link of a message. Whoever opens it, also a program that looks through
// mails, changes nothing: that takes the form, which a person sends. Without script, so that it
// works in any browser and under the strictest policy.
#include <fmt/format.h>

#include "access/acknowledge_link.h"
#include "access/key.h"
#include "incident/actions.h"
#include "notify/mail_text.h"
#include "server/api.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using access::AcknowledgeClaim;
using base::Duration;
using base::ErrorCode;
using base::Result;
using incident::Changed;
using model::Incident;
using model::IncidentStatus;
using net::ReceiverReply;

constexpr Duration count_interval = Duration::minutes(1);
constexpr int requests_an_interval = 30;
constexpr std::size_t counted_max = 10'000;
constexpr std::size_t title_bytes_max = 300;
constexpr std::string_view style =
    "body{font:16px/1.5 sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}"
    "button,a{font:inherit}button{padding:.5rem 1rem}";

// `body` is HTML.
ReceiverReply web_page(int status, std::string_view heading, std::string_view body) {
  const base::Secret nonce = access::new_key();
  ReceiverReply made =
      reply(status, fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                                "<meta name=\"viewport\" content=\"width=device-width\">"
                                "<meta name=\"color-scheme\" content=\"light dark\">"
                                "<meta name=\"robots\" content=\"noindex, nofollow\">"
                                "<title>Vedette</title><style nonce=\"{0}\">{1}</style></head>\n"
                                "<body><main><h1>{2}</h1>\n{3}</main></body></html>\n",
                                nonce.reveal(), style, heading, body));
  made.headers.front().second = "text/html; charset=utf-8";
  for (auto& [name, value] : made.headers)
    if (name == "Content-Security-Policy")
      value = fmt::format(
          "default-src 'none'; style-src 'nonce-{}'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'",
          nonce.reveal());
  return made;
}

ReceiverReply refusal(const base::Error& error) {
  if (error.code == ErrorCode::permission_denied)
    return web_page(
        404, "This link does not work",
        "<p>It is none of Vedette's, or was changed on its way. Open it from the message "
        "itself.</p>\n");
  if (error.code == ErrorCode::refused || error.code == ErrorCode::not_found)
    return web_page(410, "This link is used up",
                    fmt::format("<p>{}.</p>\n<p>Nothing was changed.</p>\n",
                                notify::encode_mail_html(error.message, title_bytes_max)));
  return web_page(503, "This cannot be done now", "<p>Try again in a while.</p>\n");
}

ReceiverReply too_many() {
  ReceiverReply made = web_page(429, "Too many requests", "<p>Try again in a minute.</p>\n");
  made.headers.emplace_back("Retry-After", "60");
  return made;
}

std::unexpected<base::Error> used(std::string text) {
  return base::failure(ErrorCode::refused, std::move(text));
}

// A link is for once: of the incident as it was when its message was made.
Result<void> check_open(const Incident& incident, const AcknowledgeClaim& claim) {
  if (incident.reopened > claim.issued)
    return used(fmt::format("Incident {} was reopened since this message: there is a newer one",
                            incident.number));
  if (incident.merged_into != 0)
    return used(
        fmt::format("Incident {} goes on as incident {}", incident.number, incident.merged_into));
  if (incident.status == IncidentStatus::closed)
    return used(fmt::format("Incident {} is closed", incident.number));
  if (incident.is_attended())
    return used(fmt::format("Incident {} was acknowledged on {}", incident.number,
                            base::format_seconds(incident.acknowledged)));
  return {};
}

// A browser says where its form stood. Under no-referrer a form's Origin is "null".
bool is_own_form(const net::ReceivedRequest& request) {
  if (const auto* site = request.header("sec-fetch-site"))
    return *site == "same-origin" || *site == "none";
  const auto* origin = request.header("origin");
  return origin == nullptr || *origin == "null" || is_own_origin(request);
}

}  // namespace

bool AcknowledgeDoor::lets_in(const std::string& what, Duration now) {
  const std::lock_guard lock(mutex_);
  if (seen_.empty() || now - begun_ > count_interval || seen_.size() >= counted_max) {
    seen_.clear();
    begun_ = now;
  }
  return ++seen_[what] <= requests_an_interval;
}

// The claim of a link that is ours and not asked for too often.
std::expected<AcknowledgeClaim, ReceiverReply> Api::follow(const Call& call) const {
  AcknowledgeDoor* door = sources_.acknowledge;
  if (door == nullptr)
    return std::unexpected(web_page(404, "This link does not work",
                                    "<p>Links of messages are switched off here.</p>\n"));
  auto claim = access::read_link(door->key(), call.captured, sources_.clock.now());
  const bool is_made_up = !claim && claim.error().code == ErrorCode::permission_denied;
  const std::string counted =
      is_made_up ? "by " + call.request.peer : access::digest(call.captured);
  if (!door->lets_in(counted, sources_.clock.monotonic())) return std::unexpected(too_many());
  if (!claim) return std::unexpected(refusal(claim.error()));
  return *std::move(claim);
}

ReceiverReply Api::show_acknowledge(const Call& call) const {
  const auto claim = follow(call);
  if (!claim) return claim.error();
  const auto found = sources_.incidents.find(claim->incident);
  if (!found) return refusal(found.error());
  if (!*found) return refusal({ErrorCode::not_found, "The incident is forgotten"});
  const Incident& incident = **found;
  if (const auto open = check_open(incident, *claim); !open) return refusal(open.error());
  // Who is not logged in yet learns no more than the link says.
  const std::string title =
      sources_.acknowledge->needs_log_in()
          ? std::string()
          : fmt::format("<p><bdi>{}</bdi></p>\n",
                        notify::encode_mail_html(incident.title, title_bytes_max));
  return web_page(
      200, fmt::format("Acknowledge incident {}?", incident.number),
      title +
          "<p>You say by this that you look after it: warnings about it end, and "
          "nobody is locked because of it without a person's word.</p>\n"
          "<form method=\"post\"><button type=\"submit\">Acknowledge</button></form>\n");
}

ReceiverReply Api::acknowledge_by_link(const Call& call) const {
  const auto claim = follow(call);
  if (!claim) return claim.error();
  if (!is_own_form(call.request))
    return web_page(403, "This came from elsewhere", "<p>Open the link from the message.</p>\n");
  const auto known = find_caller(call);
  if (!known) return refusal(known.error());
  const bool is_person =
      *known && !(*known)->session.empty() && (*known)->role >= model::Role::analyst;
  if (!is_person && sources_.acknowledge->needs_log_in())
    return web_page(*known ? 403 : 401, *known ? "Your role may not do this" : "Log in first",
                    *known ? "<p>Acknowledging needs the role analyst.</p>\n"
                           : fmt::format("<p><a href=\"/login?to=/acknowledge/{}\">Log in</a>, and "
                                         "you come back here.</p>\n",
                                         call.captured));
  const std::string link = "the link to " + sources_.acknowledge->recipients_of(claim->channel);
  const access::Caller caller = is_person ? **known : access::Caller{link, model::Role::analyst};
  const incident::Person person{caller.name, sources_.clock.now()};
  const auto done = incident::act(sources_.incidents, claim->incident,
                                  [&](const Incident& found) -> Result<Changed> {
                                    VEDETTE_TRY_VOID(check_open(found, *claim));
                                    return incident::acknowledge(found, person);
                                  });
  if (!done) return refusal(done.error());
  const auto noted = sources_.access.note(caller, "incident.acknowledge",
                                          fmt::format("incident {}", claim->incident),
                                          is_person ? "by " + link : "");
  if (!noted) return refusal(noted.error());
  return web_page(
      200, fmt::format("Incident {} is acknowledged", claim->incident),
      fmt::format("<p>It was you: <bdi>{}</bdi>.</p>\n"
                  "<p><a href=\"/incidents/{}\">Open the incident</a></p>\n",
                  notify::encode_mail_html(caller.name, title_bytes_max), claim->incident));
}

}  // namespace vedette::server
