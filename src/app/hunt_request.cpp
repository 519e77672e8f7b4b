#include "app/hunt_request.h"

#include <fmt/format.h>

#include <array>

#include "app/running_serve.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/external_reader.h"
#include "server/reply.h"

namespace vedette::app {
namespace {

using kql::result::Format;

constexpr const char* path = "/api/hunt";
constexpr std::array<std::string_view, 4> format_names{"table", "json", "csv", "ndjson"};
constexpr const char* notes_header = "x-vedette-partial";

std::string format_request(const HuntRequest& request) {
  base::JsonWriter writer;
  writer.begin_object()
      .member("query", request.query)
      .member("format", format_names.at(static_cast<std::size_t>(request.format)));
  writer.key("timeout_ms").number(static_cast<std::int64_t>(request.timeout_ms));
  writer.key("parameters").begin_array();
  for (const auto& [name, value] : request.inputs.parameters)
    writer.begin_array().string(name).string(value).end_array();
  writer.end_array();
  const auto moment = [&](std::string_view name, const std::optional<std::int64_t>& ticks) {
    if (ticks) writer.key(name).number(*ticks);
  };
  moment("from_ticks", request.inputs.from_ticks);
  moment("to_ticks", request.inputs.to_ticks);
  if (!request.inputs.saved_functions.empty())
    writer.member("functions", request.inputs.saved_functions);
  writer.key("hosts").begin_array();
  for (const std::string& host : request.hosts) writer.string(host);
  writer.end_array().end_object();
  return writer.take();
}

std::optional<HuntRequest> parse_request(std::string_view text) {
  const auto json = base::parse_json(text);
  if (!json) return std::nullopt;
  const auto* query = (*json)["query"].as_string();
  const auto* format = (*json)["format"].as_string();
  const auto* timeout_ms = (*json)["timeout_ms"].as_integer();
  if (query == nullptr || query->size() > base::limits::query_bytes_max) return std::nullopt;
  HuntRequest request;
  request.query = *query;
  const auto known = kql::result::format_of_name(format == nullptr ? "json" : *format);
  if (!known) return std::nullopt;
  request.format = *known;
  request.timeout_ms = base::limits::query_timeout_ms;
  if (timeout_ms != nullptr && *timeout_ms > 0 && *timeout_ms <= 86'400'000)
    request.timeout_ms = static_cast<int>(*timeout_ms);
  const auto moment = [&](std::string_view name) -> std::optional<std::int64_t> {
    const auto* ticks = (*json)[name].as_integer();
    return ticks == nullptr ? std::nullopt : std::optional(*ticks);
  };
  request.inputs.from_ticks = moment("from_ticks");
  request.inputs.to_ticks = moment("to_ticks");
  if (const auto* functions = (*json)["functions"].as_string()) {
    if (functions->size() > base::limits::query_bytes_max) return std::nullopt;
    request.inputs.saved_functions = *functions;
  }
  if (const auto* hosts = (*json)["hosts"].as_array())
    for (const auto& host : *hosts) {
      if (host.as_string() == nullptr || !net::parse_allowed_host(*host.as_string()))
        return std::nullopt;
      request.hosts.push_back(*host.as_string());
    }
  if (const auto* parameters = (*json)["parameters"].as_array()) {
    for (const auto& parameter : *parameters) {
      const auto* pair = parameter.as_array();
      if (pair == nullptr || pair->size() != 2) return std::nullopt;
      const auto* name = (*pair)[0].as_string();
      const auto* value = (*pair)[1].as_string();
      if (name == nullptr || value == nullptr) return std::nullopt;
      request.inputs.parameters.emplace_back(*name, *value);
    }
  }
  return request;
}

// Hands on what comes, and remembers what the answer lacks.
class Remembering : public kql::result::Sink {
 public:
  explicit Remembering(kql::result::Sink& sink) : sink_(sink) {}
  void begin(const std::vector<kql::plan::Column>& columns) override { sink_.begin(columns); }
  void row(std::span<const kql::result::Cell> cells) override { sink_.row(cells); }
  void end(const kql::result::Ending& ending) override {
    sink_.end(ending);
    partial = ending.partial;
  }
  std::vector<std::string> partial;

 private:
  kql::result::Sink& sink_;
};

net::ReceiverReply text_reply(int status, std::string text) {
  net::ReceiverReply reply = server::reply(status, std::move(text));
  reply.headers.front().second = "text/plain; charset=utf-8";
  return reply;
}

}  // namespace

std::unique_ptr<ports::ExternalData> external_reader(const std::vector<std::string>& hosts,
                                                     const std::vector<std::string>& more) {
  std::vector<std::string> all = hosts;
  all.insert(all.end(), more.begin(), more.end());
  auto parsed = net::ExternalReader::parse_hosts(all);
  if (!parsed || parsed->empty()) return nullptr;
  return std::make_unique<net::ExternalReader>(std::move(*parsed));
}

net::ReceiverReply answer_hunt(const net::ReceivedRequest& request, const HuntRunner& run,
                               const std::stop_token& stop) {
  if (request.target != path) return server::failure_reply(404, "there is nothing here");
  if (request.method != "POST") return server::failure_reply(405, "only POST");
  const auto hunt = parse_request(request.body);
  if (!hunt) return server::failure_reply(400, "this is no hunt");
  std::string output;
  const auto sink =
      kql::result::make_sink(hunt->format, [&output](std::string_view piece) { output += piece; });
  Remembering remembering(*sink);
  if (const auto done = run(*hunt, remembering, stop); !done)
    return text_reply(422, hunt->format == Format::json
                               ? kql::render_json({done.error()}, hunt->query) + "\n"
                               : kql::render(done.error(), hunt->query));
  net::ReceiverReply reply = text_reply(200, std::move(output));
  if (!remembering.partial.empty()) {
    std::string notes;
    for (const auto& note : remembering.partial)
      notes += (notes.empty() ? "" : "; ") + base::encode_terminal(note, 500);
    reply.headers.emplace_back(notes_header, notes.substr(0, 4096));
  }
  return reply;
}

std::optional<HuntAnswer> ask_running_serve(const DataLayout& data, const HuntRequest& request,
                                            const std::stop_token& stop) {
  auto serve = RunningServe::find(data);
  if (!serve) return std::nullopt;
  auto answer = serve->ask({.path = path,
                            .body = format_request(request),
                            .timeout_ms = request.timeout_ms + base::limits::request_timeout_ms,
                            .answer_bytes_max = base::limits::result_bytes_max * 2,
                            .stop = stop});
  // The other side sees that we are gone, and ends the query.
  if (stop.stop_requested()) return HuntAnswer{{}, "vedette hunt: stopped\n", 1};
  if (!answer) return std::nullopt;
  HuntAnswer result;
  if (answer->status == 200) {
    result.output = std::move(answer->body);
    if (const auto* notes = answer->header(notes_header))
      result.problem = "vedette hunt: the answer is partial: " + *notes + "\n";
    if (answer->body_truncated)
      return HuntAnswer{{}, "vedette hunt: the answer is too large; `take` fewer rows\n", 1};
  } else {
    result.exit_code = 1;
    result.problem =
        answer->status == 422
            ? std::move(answer->body)
            : fmt::format("vedette hunt: the running serve answered {}\n", answer->status);
  }
  return result;
}

}  // namespace vedette::app
