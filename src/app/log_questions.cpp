#include "app/log_questions.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "app/either_stop.h"
#include "base/json.h"
#include "store/duckdb/parquet_file.h"

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

kql::Checked<void> LogQuestions::in_turn(Places& places, const std::function<void()>& work) {
  if (!places.try_acquire_for(place_wait))
    return kql::refuse("KQL503", {}, "two other queries are running", "try again");
  work();
  places.release();
  return {};
}

kql::Checked<void> LogQuestions::run(const HuntRequest& request, kql::result::Sink& sink,
                                     const std::stop_token& stop) {
  const EitherStop either(stop_, stop);
  kql::Checked<void> done;
  VEDETTE_TRY_VOID(in_turn(hunt_places_, [&] { done = run_(request, sink, either.token()); }));
  return done;
}

server::LogAnswer LogQuestions::answer(const server::LogQuery& query) {
  server::LogAnswer answer;
  const auto had = in_turn(places_, [&] { answer = answer_now(query); });
  return had ? answer : refusal(had.error(), query.query);
}

server::LogAnswer LogQuestions::answer_now(const server::LogQuery& query) {
  HuntRequest request;
  request.query = query.query;
  request.format = kql::result::format_of_name(query.format).value_or(kql::result::Format::json);
  request.timeout_ms = timeout_ms;
  if (query.from) request.inputs.from_ticks = query.from->ticks;
  if (query.to) request.inputs.to_ticks = query.to->ticks;
  const EitherStop either(stop_, query.gone);
  server::LogAnswer answer;
  if (query.format == "parquet") {
    answer = as_parquet(request, either.token());
  } else {
    const auto sink = kql::result::make_sink(
        request.format, [&answer](std::string_view piece) { answer.text += piece; });
    const auto done = run_(request, *sink, either.token());
    answer.is_done = done.has_value();
    if (!done) answer = refusal(done.error(), query.query);
  }
  return answer;
}

// By way of a file in the data folder, which is gone when this returns.
server::LogAnswer LogQuestions::as_parquet(const HuntRequest& request,
                                           const std::stop_token& stop) {
  const auto failed = [&](const std::string& what) {
    return refusal(
        kql::refuse("KQL500", {}, "the file could not be made: " + what, "try again").error(),
        request.query);
  };
  const auto path = folder_ / fmt::format(".export-{}.parquet", ++files_);
  struct Removed {
    const std::filesystem::path& path;
    ~Removed() {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
    }
  };
  const Removed removed{path};
  const auto sink = store::duckdb::ParquetSink::create(path.string());
  if (!sink) return failed(sink.error().message);
  if (const auto done = run_(request, **sink, stop); !done)
    return refusal(done.error(), request.query);
  if (const auto written = (*sink)->finish(); !written) return failed(written.error().message);
  std::ifstream file(path, std::ios::binary);
  server::LogAnswer answer;
  answer.text.assign(std::istreambuf_iterator<char>(file), {});
  answer.is_done = !answer.text.empty() && !file.bad();
  return answer.is_done ? answer : failed("it is empty");
}

}  // namespace vedette::app
