#include "collect/cloud/service_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/cloud_limits.h"
#include "base/http_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::ErrorCode;
namespace limits = base::limits;

// What an answer may take, and clocks may differ, without anybody being wrong.
constexpr Duration skew_slack = Duration::seconds(90);

Trouble stopped() {
  return {TroubleKind::stopped, "stopped", "", std::nullopt, ""};
}

// It is sent back as it came.
std::string kept_header(const std::string& value) {
  constexpr std::size_t bytes_max = 1'024;
  return value.size() <= bytes_max ? value : std::string();
}

bool begins_as_json(std::string_view body) {
  body = base::trim(body);
  return !body.empty() && (body.front() == '{' || body.front() == '[');
}

}  // namespace

ServiceClient::ServiceClient(ServiceSettings settings, ports::HttpClient& http,
                             ports::AccessTokens& tokens, ports::Clock& clock)
    : settings_(std::move(settings)),
      origin_(base::origin_of(settings_.address)),
      http_(http),
      tokens_(tokens),
      clock_(clock),
      budget_(settings_.quota) {}

bool ServiceClient::is_own(std::string_view url) const {
  return !origin_.empty() && base::origin_of(url) == origin_;
}

base::Timestamp ServiceClient::now() const {
  const bool is_off = skew_ > skew_slack || Duration{-skew_.ticks} > skew_slack;
  return is_off ? clock_.now() + skew_ : clock_.now();
}

Duration ServiceClient::wait_for_leisure(bool leaves_room) {
  const std::size_t reserve = leaves_room ? budget_.requests() * 2 / 5 : 0;
  return budget_.wait_needed(clock_.monotonic(), reserve);
}

void ServiceClient::pause(Duration span) {
  budget_.block_until(clock_.monotonic() + span);
}

void ServiceClient::note_date(const ports::HttpResponse& response) {
  const auto* date = response.header("date");
  const auto theirs = date == nullptr ? std::nullopt : base::parse_http_date(*date);
  if (theirs) skew_ = *theirs - clock_.now();
}

Answered<ports::HttpResponse> ServiceClient::exchange(const ServiceRequest& request,
                                                      const std::stop_token& stop) {
  if (!is_own(request.url))
    return std::unexpected(Trouble{
        TroubleKind::not_usable,
        fmt::format("{} gave a link to another host, which is not followed", settings_.name),
        fmt::format("check the addresses under {}", settings_.section), std::nullopt, ""});
  const auto token = tokens_.token(settings_.scope, stop);
  if (!token) {
    const bool passes = token.error().code == ErrorCode::unavailable;
    if (token.error().code == ErrorCode::cancelled) return std::unexpected(stopped());
    return std::unexpected(Trouble{passes ? TroubleKind::unavailable : TroubleKind::sign_in,
                                   token.error().message, "", std::nullopt, ""});
  }
  for (Duration wait = budget_.wait_needed(clock_.monotonic()); wait > Duration{};
       wait = budget_.wait_needed(clock_.monotonic()))
    if (!clock_.sleep(wait, stop)) return std::unexpected(stopped());
  ++requests_;
  ports::HttpRequest sent;
  sent.method = request.method;
  sent.url = base::Secret(request.url);
  const std::string usual = request.takes_text ? "*/*" : "application/json";
  sent.headers = {{"Accept", request.accept.empty() ? usual : request.accept}};
  if (!token->reveal().empty())  // what is public needs none
    sent.headers.emplace_back("Authorization", settings_.token_word + std::string(token->reveal()));
  if (!request.etag.empty()) sent.headers.emplace_back("If-None-Match", request.etag);
  if (!request.modified.empty()) sent.headers.emplace_back("If-Modified-Since", request.modified);
  if (!request.body.empty()) sent.headers.emplace_back("Content-Type", "application/json");
  if (!request.prefer.empty()) sent.headers.emplace_back("Prefer", request.prefer);
  sent.body = request.body;
  sent.timeout_ms = request.timeout_ms;
  sent.response_bytes_max = request.answer_bytes_max;
  sent.takes_compressed = true;
  sent.stop = stop;
  auto response = http_.send(sent);
  // When it reached the service nobody knows but that it was before now.
  budget_.spend(clock_.monotonic());
  if (response) {
    note_date(*response);
    return std::move(*response);
  }
  const base::Error& error = response.error();
  if (error.code == ErrorCode::cancelled || stop.stop_requested())
    return std::unexpected(stopped());
  return std::unexpected(
      Trouble{TroubleKind::unavailable, settings_.name + ": " + error.message,
              error.code == ErrorCode::refused
                  ? fmt::format("check the addresses and ca_file under {}", settings_.section)
                  : "",
              std::nullopt, ""});
}

Trouble ServiceClient::read_refusal_of(const ports::HttpResponse& response) {
  Trouble trouble = read_refusal(settings_.name, response.status, response.body);
  // What a person can do is another thing with other services: their listings say it.
  if (settings_.section != ServiceSettings{}.section) trouble.remedy.clear();
  if (const auto* wait = response.header("retry-after"))
    trouble.wait = base::parse_retry_after(*wait, clock_.now());
  else if (const auto* reset = response.header("x-rate-limit-reset");  // MISP: seconds
           reset != nullptr && response.status == 429)
    trouble.wait = base::parse_retry_after(*reset, clock_.now());
  if (trouble.wait) {
    // It also says this with 503 and 504.
    budget_.block_until(clock_.monotonic() + *trouble.wait);
    if (trouble.kind == TroubleKind::unavailable) trouble.kind = TroubleKind::throttled;
  }
  return trouble;
}

Answered<ServiceAnswer> ServiceClient::send(const ServiceRequest& request,
                                            const std::stop_token& stop) {
  auto response = exchange(request, stop);
  if (response && response->status == 401) {
    tokens_.forget(settings_.scope);
    response = exchange(request, stop);
  }
  if (!response) return std::unexpected(std::move(response.error()));
  const auto trouble = [&](TroubleKind kind, const std::string& words, const char* remedy = "") {
    return std::unexpected(Trouble{kind, settings_.name + " " + words, remedy, std::nullopt, ""});
  };
  ServiceAnswer answer;
  answer.is_unchanged =
      response->status == 304 && !(request.etag.empty() && request.modified.empty());
  if (answer.is_unchanged) return answer;
  if (response->status >= 300) return std::unexpected(read_refusal_of(*response));
  if (response->body_truncated)
    return trouble(TroubleKind::too_large, fmt::format("gave a larger answer than {} MiB",
                                                       request.answer_bytes_max / (1024UL * 1024)));
  if (const auto* etag = response->header("etag")) answer.etag = kept_header(*etag);
  if (const auto* time = response->header("last-modified")) answer.modified = kept_header(*time);
  if (const auto* next = response->header("nextpageuri")) answer.next_page = *next;
  if (const auto* type = response->header("content-type")) answer.content_type = kept_header(*type);
  if (const auto* last = response->header("x-taxii-date-added-last"))
    answer.added_last = kept_header(*last);
  answer.body = std::move(response->body);
  if (response->status == 204) return answer;
  if (request.takes_text) {
    if (!base::trim(answer.body).starts_with('<')) return answer;
    return trouble(TroubleKind::not_usable, "answered with a page, not with a list");
  }
  if (!begins_as_json(answer.body))
    return trouble(TroubleKind::not_usable, "answered with something that is no JSON",
                   "a proxy in between may have answered");
  return answer;
}

}  // namespace vedette::collect::cloud
