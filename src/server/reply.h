// Owns: how answers look: JSON, problems (RFC 9457), and the headers that every answer carries.
// Promises: no browser takes an answer for a page, frames it, or keeps it; a problem tells a code
// for programs, words for people, and no insides. Must not know: routes. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_receiver.h"

namespace vedette::server {

// An answer in JSON.
[[nodiscard]] net::ReceiverReply reply(int status, std::string body);
// 204
[[nodiscard]] net::ReceiverReply nothing();
// {"error": text}: what doors for programs (ingest, hunts of the command line) say.
[[nodiscard]] net::ReceiverReply failure_reply(int status, std::string_view text);
// {"code", "title", "status"}; `code` names the kind of problem: "not_found".
[[nodiscard]] net::ReceiverReply problem(int status, std::string_view code, std::string_view title);
// A refusal by one of our rooms; what is our own fault is told in general words.
[[nodiscard]] net::ReceiverReply problem_of(const base::Error& error);

// "limit=10&open=true": what a name is set to, percent-decoded.
[[nodiscard]] std::optional<std::string> parameter(std::string_view query, std::string_view name);

}  // namespace vedette::server
