// Owns: one authorised request to one cloud service, with everything that can go wrong with it.
// Promises: the service's budget is kept (the call waits); a token that is not taken is renewed
// once; a wait that the service asks for holds for all that ask it; the body is capped unpacked,
// and begins as JSON does; nothing is repeated but that one 401. A token goes only to the service's
// own origin. Must not know: what is asked for. One thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/cloud_limits.h"
#include "collect/cloud/request_budget.h"
#include "collect/cloud/trouble.h"
#include "ports/access_tokens.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace vedette::collect::cloud {

struct ServiceSettings {
  std::string name;     // "Microsoft Graph"
  std::string address;  // "https://graph.microsoft.com"
  std::string scope;
  Quota quota;
  std::string token_word = "Bearer ";  // before the token
  std::string section = "[cloud]";     // of the settings, where its address stands
};

struct ServiceRequest {
  std::string method = "GET";
  std::string url;
  std::string body;
  std::string prefer;
  int timeout_ms = base::limits::cloud_request_timeout_ms;
  std::size_t answer_bytes_max = base::limits::cloud_answer_bytes_max;
  std::string etag = {}, modified = {};  // of what is there already
  bool takes_text = false;               // the answer need not be JSON
  std::string accept = {};               // a media type; empty: JSON, or any text
};

struct ServiceAnswer {
  std::string body;
  std::string next_page;  // of the header NextPageUri
  std::string etag = {}, modified = {};
  std::string content_type = {};
  std::string added_last = {};  // TAXII: when the last object of the page was added
  bool is_unchanged = false;    // since that ETag or time; there is no body
};

class ServiceClient {
 public:
  // All outlive it.
  ServiceClient(ServiceSettings settings, ports::HttpClient& http, ports::AccessTokens& tokens,
                ports::Clock& clock);

  [[nodiscard]] Answered<ServiceAnswer> send(const ServiceRequest& request,
                                             const std::stop_token& stop);
  // How long until something that can wait may ask; `leaves_room` for what cannot and comes soon.
  [[nodiscard]] base::Duration wait_for_leisure(bool leaves_room);
  // Nobody asks for that long.
  void pause(base::Duration span);

  [[nodiscard]] const ServiceSettings& settings() const { return settings_; }
  // An address on the service's own origin.
  [[nodiscard]] bool is_own(std::string_view url) const;
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  // How far the service's clock is ahead of ours, by its last answer.
  [[nodiscard]] base::Duration clock_skew() const { return skew_; }
  // The service's time: ours, set right when it is off by more than answers take.
  [[nodiscard]] base::Timestamp now() const;

 private:
  [[nodiscard]] Answered<ports::HttpResponse> exchange(const ServiceRequest& request,
                                                       const std::stop_token& stop);
  [[nodiscard]] Trouble read_refusal_of(const ports::HttpResponse& response);
  void note_date(const ports::HttpResponse& response);

  const ServiceSettings settings_;
  const std::string origin_;
  ports::HttpClient& http_;
  ports::AccessTokens& tokens_;
  ports::Clock& clock_;
  RequestBudget budget_;
  std::uint64_t requests_ = 0;
  base::Duration skew_;
};

}  // namespace vedette::collect::cloud
