#include "app/log_questions.h"

#include <chrono>

#include "app/either_stop.h"
#include "base/json.h"
#include "base/limits.h"

namespace vedette::app {
namespace {

constexpr auto place_wait = std::chrono::seconds(5);
constexpr int timeout_ms = 30'000;

server::LogAnswer refusal(const kql::Diagnostic& problem, const std::string& query) {
  server::LogAnswer answer;
  answer.text = kql::render_json({problem}, query) + "\n";
  return answer;
}

}  // namespace

server::LogAnswer LogQuestions::answer(const server::LogQuery& query) {
  if (!places_.try_acquire_for(place_wait))
    return refusal(kql::refuse("KQL503", {}, "two other queries are running", "try again").error(),
                   query.query);
  HuntRequest request;
  request.query = query.query;
  request.format = kql::result::format_of_name(query.format).value_or(kql::result::Format::json);
  request.timeout_ms = timeout_ms;
  if (query.from) request.inputs.from_ticks = query.from->ticks;
  if (query.to) request.inputs.to_ticks = query.to->ticks;
  server::LogAnswer answer;
  const auto sink = kql::result::make_sink(
      request.format, [&answer](std::string_view piece) { answer.text += piece; });
  const auto done = run_(request, *sink, EitherStop(stop_, query.gone).token());
  places_.release();
  if (!done) return refusal(done.error(), query.query);
  answer.is_done = true;
  return answer;
}

}  // namespace vedette::app
