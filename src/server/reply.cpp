#include "server/reply.h"

#include "base/http_text.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

struct Kind {
  int status;
  std::string_view code;
};

Kind kind_of(base::ErrorCode code) {
  switch (code) {
    case base::ErrorCode::invalid_argument:
      return {422, "invalid"};
    case base::ErrorCode::not_found:
      return {404, "not_found"};
    case base::ErrorCode::permission_denied:
      return {403, "forbidden"};
    case base::ErrorCode::refused:
      return {409, "refused"};
    case base::ErrorCode::rate_limited:
      return {429, "too_many"};
    default:
      return {503, "unavailable"};
  }
}

}  // namespace

ReceiverReply reply(int status, std::string body) {
  return {status,
          {{"Content-Type", "application/json"},
           {"X-Content-Type-Options", "nosniff"},
           {"Cache-Control", "no-store"},
           {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Opener-Policy", "same-origin"},
           {"Cross-Origin-Resource-Policy", "same-origin"}},
          std::move(body)};
}

ReceiverReply nothing() {
  ReceiverReply made = reply(204, {});
  made.headers.erase(made.headers.begin());
  return made;
}

ReceiverReply failure_reply(int status, std::string_view text) {
  base::JsonWriter writer;
  writer.begin_object().member("error", text).end_object();
  return reply(status, writer.take() + "\n");
}

ReceiverReply problem(int status, std::string_view code, std::string_view title) {
  base::JsonWriter writer;
  writer.begin_object().member("code", code).member("title", title);
  writer.key("status").number(static_cast<std::int64_t>(status)).end_object();
  ReceiverReply made = reply(status, writer.take() + "\n");
  made.headers.front().second = "application/problem+json";
  return made;
}

ReceiverReply problem_of(const base::Error& error) {
  const Kind kind = kind_of(error.code);
  if (kind.status == 503)
    return problem(503, kind.code, "this cannot be done now; the service's log says why");
  return problem(kind.status, kind.code, error.message);
}

std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  for (const auto part : base::split(query, '&')) {
    const std::size_t equal = part.find('=');
    if (part.substr(0, equal) == name)
      return equal == std::string_view::npos
                 ? ""
                 : base::percent_decode(part.substr(equal + 1), base::Plus::is_space);
  }
  return std::nullopt;
}

}  // namespace vedette::server
