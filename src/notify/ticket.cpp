#include "notify/ticket.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "base/json.h"
#include "base/text.h"
#include "notify/message_fields.h"
#include "notify/retry_after.h"
#include "notify/signature.h"
#include "notify/url.h"

namespace vedette::notify {

// What one help desk wants and says.
struct Ticket::Service {
  MessageTemplate create_template, update_template;
  const char* create_path;  // behind the address
  const char* update_path;  // with {} for the ticket's id
  const char* update_method;
  // The new ticket's id; empty: the answer holds none.
  std::string (*id_of)(const base::Json& answer);
  Encoder encode;
  bool needs_project;
};

namespace {

constexpr std::size_t id_bytes_max = 64;

// It becomes a part of an address.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= id_bytes_max && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string text_or_empty(const base::Json& json) {
  return json.as_string() == nullptr ? "" : *json.as_string();
}

std::string jira_id(const base::Json& answer) {
  return text_or_empty(answer["key"]);
}
std::string servicenow_id(const base::Json& answer) {
  return text_or_empty(answer["result"]["sys_id"]);
}
std::string github_id(const base::Json& answer) {
  const std::int64_t* number = answer["number"].as_integer();
  return number == nullptr || *number <= 0 ? "" : std::to_string(*number);
}

// Jira's documents hold texts and no markup; so do ServiceNow's fields. Cut at characters.
std::string encode_plain(std::string_view text, std::size_t units_max) {
  return visible_text(text, units_max);
}

constexpr Ticket::Service jira{MessageTemplate::jira,
                               MessageTemplate::jira_update,
                               "/rest/api/3/issue",
                               "/rest/api/3/issue/{}/comment",
                               "POST",
                               &jira_id,
                               &encode_plain,
                               true};
constexpr Ticket::Service servicenow{MessageTemplate::servicenow,
                                     MessageTemplate::servicenow_update,
                                     "/api/now/table/incident",
                                     "/api/now/table/incident/{}",
                                     "PATCH",
                                     &servicenow_id,
                                     &encode_plain,
                                     false};
// In a fenced block nothing is markup, and GitHub makes no mention and no link of it.
constexpr Ticket::Service github{MessageTemplate::github,
                                 MessageTemplate::github_update,
                                 "/issues",
                                 "/issues/{}/comments",
                                 "POST",
                                 &github_id,
                                 &encode_fenced,
                                 false};

FieldStyle style_for(Encoder encode) {
  FieldStyle style;
  style.encode = encode;
  // Jira's summary and GitHub's title take 255 characters, ServiceNow's short description 160.
  style.title_max = 160;
  style.reasons_max = 4000;
  style.users_max = 2000;
  style.footer_max = 300;
  return style;
}

class TicketFields : public MessageFields {
 public:
  TicketFields(const Message& message, const FieldStyle& style, const TicketOptions& options)
      : MessageFields(message, style), options_(options) {}

  [[nodiscard]] std::string text(std::string_view field) const override {
    if (field == "project") return options_.project;
    if (field == "issue_type") return options_.issue_type;
    return MessageFields::text(field);
  }

  // Lines as paragraphs of an Atlassian document.
  [[nodiscard]] bool is_json(std::string_view field) const override {
    return field == "lines" && !options_.project.empty();
  }
  void append_json(std::string_view, base::JsonWriter& json) const override {
    json.begin_array();
    for (const auto& line : lines()) {
      if (line.empty()) continue;  // a text of a document is never empty
      json.begin_object().member("type", "paragraph").key("content").begin_array();
      json.begin_object().member("type", "text").member("text", line).end_object();
      json.end_array().end_object();
    }
    json.end_array();
  }

 private:
  const TicketOptions& options_;
};

std::string authorization(const TicketOptions& options) {
  const std::string token(options.token.reveal());
  if (options.user.empty()) return "Bearer " + token;
  return "Basic " + encode_base64(options.user + ":" + token);
}

// GitHub says "slow down" with a 403 too, and until when as seconds since 1970.
std::optional<TryAgain> slow_down(const Message& message, const ports::HttpResponse& response) {
  const std::string* left = response.header("x-ratelimit-remaining");
  const std::string* wait = response.header("retry-after");
  const bool is_empty = left != nullptr && base::trim(*left) == "0";
  if ((response.status != 403 && response.status != 429) || (!is_empty && wait == nullptr))
    return std::nullopt;
  TryAgain again{std::nullopt, false,
                 fmt::format("it answered {}: it asks us to slow down", response.status)};
  if (wait != nullptr) again.wait = parse_retry_after(*wait, message.now);
  const std::string* until = response.header("x-ratelimit-reset");
  if (again.wait || until == nullptr) return again;
  if (const auto seconds = base::parse_unsigned(base::trim(*until)))
    again.wait = wait_from_seconds(static_cast<double>(*seconds) -
                                   static_cast<double>(message.now.unix_seconds()));
  return again;
}

}  // namespace

base::Result<std::unique_ptr<Channel>> Ticket::create(const ChannelAddress& address,
                                                      TicketOptions options, Templates templates) {
  const Service& service = address.kind == ChannelKind::jira         ? jira
                           : address.kind == ChannelKind::servicenow ? servicenow
                                                                     : github;
  const auto wrong = [&](const char* what) {
    return base::failure(base::ErrorCode::invalid_argument, address.shown + ": " + what);
  };
  if (options.token.empty())
    return wrong("needs a token, as in token = \"file:/etc/vedette/ticket-token\"");
  if (service.needs_project && options.project.empty())
    return wrong("needs a project, as in project = \"SOC\"");
  if (!service.needs_project && !options.project.empty())
    return wrong("a project is for kind = \"jira\"");
  return std::make_unique<Ticket>(address, std::move(options), std::move(templates), service);
}

Ticket::Ticket(const ChannelAddress& address, TicketOptions options, Templates templates,
               const Service& service)
    : name_(address.shown),
      options_(std::move(options)),
      templates_(std::move(templates)),
      service_(service) {
  const auto url = parse_url(address.url.reveal());
  assert(url);
  std::string path = url->path;
  while (path.ends_with('/')) path.pop_back();
  base_ = base::Secret(url->origin() + path);
}

ports::HttpRequest Ticket::compose(const Message& message) const {
  const bool is_update = is_id(message.remote_id);
  ports::HttpRequest request;
  request.method = is_update ? service_.update_method : "POST";
  request.url =
      base::Secret(std::string(base_.reveal()) +
                   (is_update ? fmt::format(fmt::runtime(service_.update_path), message.remote_id)
                              : std::string(service_.create_path)));
  request.headers = {{"Content-Type", "application/json"},
                     {"Accept", "application/json"},
                     {"Authorization", authorization(options_)}};
  if (service_.create_template == MessageTemplate::github)
    request.headers.emplace_back("X-GitHub-Api-Version", "2022-11-28");
  const FieldStyle style = style_for(service_.encode);
  request.body = templates_->fill(is_update ? service_.update_template : service_.create_template,
                                  TicketFields(message, style, options_));
  return request;
}

Outcome Ticket::read(const Message& message, const ports::HttpResponse& response) const {
  const bool is_update = is_id(message.remote_id);
  if (const auto again = slow_down(message, response)) return *again;
  if (is_update && (response.status == 404 || response.status == 410)) return FirstMessageGone{};
  Outcome outcome = outcome_of_status(message, response);
  const std::string_view said = base::trim(response.body);
  const std::string shown = said.empty() ? "" : " (" + visible_text(said, 300) + ")";
  if (auto* delivered = std::get_if<Delivered>(&outcome)) {
    const auto answer = base::parse_json(response.body);
    const std::string id = answer ? service_.id_of(*answer) : std::string();
    if (is_update)
      delivered->remote_id = message.remote_id;
    else if (is_id(id))
      delivered->remote_id = id;
    else
      delivered->notice = "the answer names no ticket, so updates will open another one";
  } else if (auto* broken = std::get_if<DestinationBroken>(&outcome)) {
    broken->reason += shown;
  } else if (auto* refused = std::get_if<MessageRefused>(&outcome)) {
    refused->reason += shown;
  }
  return outcome;
}

}  // namespace vedette::notify
