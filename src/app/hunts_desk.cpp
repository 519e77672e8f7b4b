#include "app/hunts_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/either_stop.h"
#include "app/hunt_answer.h"
#include "app/hunt_files.h"
#include "app/hunt_places.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/members.h"

namespace vedette::app {
namespace {

using base::Result;

constexpr int timeout_ms = base::limits::query_timeout_ms;
constexpr std::size_t audited_query_bytes_max = 500;
constexpr std::size_t sql_bytes_max = 100'000;  // of one stage, shown
constexpr std::size_t stages_shown_max = 64;
constexpr std::size_t comment_bytes_max = 2'000;
constexpr std::size_t title_bytes_max = 200;
constexpr std::size_t description_bytes_max = 4'000;
constexpr std::size_t query_bytes_max = 100'000;

void append_columns(base::JsonWriter& writer, const std::vector<kql::CatalogueColumn>& columns) {
  writer.key("columns").begin_object();
  for (const auto& column : columns) writer.member(column.name, kql::name_of(column.type));
  writer.end_object();
}

std::unexpected<base::Error> wrong(std::string text) {
  return base::failure(base::ErrorCode::invalid_argument, std::move(text));
}

void append_optional(base::JsonWriter& writer, std::string_view name,
                     const std::optional<std::int64_t>& number) {
  if (number) writer.key(name).number(*number);
}

}  // namespace

// One run's place among those that run: begun when made, gone with it.
class HuntsDesk::Turn {
 public:
  Turn(HuntsDesk& desk, Key key, base::Duration now)
      : desk_(desk), key_(std::move(key)), running_(std::make_shared<Running>()) {
    running_->begun = now;
    if (key_.second.empty()) return;
    const std::lock_guard lock(desk_.mutex_);
    auto& place = desk_.running_[key_];
    if (place) place->stop.request_stop();
    place = running_;
  }
  ~Turn() {
    const std::lock_guard lock(desk_.mutex_);
    const auto found = desk_.running_.find(key_);
    if (found != desk_.running_.end() && found->second == running_) desk_.running_.erase(found);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  [[nodiscard]] const std::shared_ptr<Running>& running() const { return running_; }

 private:
  HuntsDesk& desk_;
  const Key key_;
  const std::shared_ptr<Running> running_;
};

struct HuntsDesk::Found {
  HuntAnswerText text;
  std::vector<std::string> names;  // of the tables, where they have some
  std::vector<store::duckdb::StageReport> stages;
};

std::vector<std::string> HuntsDesk::places() const {
  std::vector<std::string> names;
  for (const auto& remote : ground_.configuration.remotes) names.push_back(remote.shown());
  for (const auto& tenant : ground_.configuration.tenants)
    if (!tenant.workspace_id.empty()) names.push_back("workspace:" + tenant.name);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

std::string HuntsDesk::schema() {
  base::JsonWriter writer;
  writer.begin_object().key("tables").begin_array();
  for (const std::string_view name : ground_.catalogue.table_names()) {
    const auto* table = ground_.catalogue.table(name);
    writer.begin_object().member("name", name);
    append_columns(writer, table->columns);
    writer.end_object();
  }
  writer.end_array().key("functions").begin_array();
  for (const std::string_view name : ground_.catalogue.function_names()) {
    const auto* function = ground_.catalogue.function(name);
    writer.begin_object().member("name", name).key("parameters").begin_array();
    for (const auto& parameter : function->parameters) {
      writer.begin_object().member("name", parameter.name);
      writer.member("type", kql::name_of(parameter.type));
      writer.key("optional").boolean(parameter.optional).end_object();
    }
    writer.end_array();
    append_columns(writer, function->columns);
    writer.end_object();
  }
  const auto files = ground_.functions.files();
  for (const hunt::SavedFunction& function : files->functions) {
    writer.begin_object().member("name", function.name).key("parameters").begin_array();
    for (const auto& parameter : function.takes) {
      writer.begin_object().member("name", parameter.name);
      writer.member("type", parameter.type ? kql::name_of(*parameter.type) : "(*)");
      writer.key("optional").boolean(parameter.is_optional).end_object();
    }
    writer.end_array().key("columns").begin_object().end_object();
    writer.member("body", "{" + function.body + "\n}");
    writer.member("description", function.description).end_object();
  }
  writer.end_array().key("places").begin_array();
  for (const std::string& place : places()) writer.string(place);
  writer.end_array().end_object();
  return writer.take() + "\n";
}

kql::Checked<void> HuntsDesk::find(const server::HuntQuestion& question, base::Timestamp now,
                                   const std::shared_ptr<Running>& running, Found& found) {
  const EitherStop gone(ground_.stop, question.gone);
  const EitherStop stop(gone.token(), running->stop.get_token());
  HuntRequest request;
  request.query = question.query;
  request.timeout_ms = timeout_ms;
  request.inputs.now_ticks = now.ticks;
  if (question.from) request.inputs.from_ticks = question.from->ticks;
  if (question.to) request.inputs.to_ticks = question.to->ticks;
  request.progress = [running](double percent) { running->percent = percent; };
  request.report = [&found](const store::duckdb::StageReport& report) {
    if (found.stages.size() < stages_shown_max) found.stages.push_back(report);
  };
  if (question.on.empty()) return ground_.questions.run(request, found.text, stop.token());
  PlacedHunt placed;
  placed.text = question.query;
  placed.inputs = request.inputs;
  placed.inputs.saved_functions = ground_.functions.text_for(question.query);
  placed.timeout_ms = timeout_ms;
  placed.on = question.on;
  placed.stop = stop.token();
  BothAnswers both;
  const RunHere here = [&](kql::result::Sink& sink) -> HuntDone {
    if (auto done = ground_.questions.run(request, sink, stop.token()); !done)
      return std::unexpected(HuntFailure{done.error(), {}});
    return {};
  };
  const Elsewhere elsewhere{ground_.configuration, ground_.world};
  const auto done = run_placed(placed, here, elsewhere, found.text, &both);
  if (!done && done.error().diagnostic) return std::unexpected(*done.error().diagnostic);
  if (!done) return kql::refuse("KQL508", {}, question.on + ": " + done.error().words);
  if (both.there_name.empty()) return {};
  both.here.give_to(found.text);
  both.there.give_to(found.text);
  found.names = {"Differences", "local", both.there_name};
  return {};
}

server::HuntReply HuntsDesk::run(const server::HuntQuestion& question,
                                 const server::DeskNote& note) {
  server::HuntReply reply;
  const auto refuse = [&](const kql::Diagnostic& problem) {
    reply.text = kql::render_json({problem}, question.query) + "\n";
    return reply;
  };
  if (!question.on.empty()) {
    std::string_view place = question.on;
    if (place.starts_with("both:")) place.remove_prefix(5);
    const auto known = places();
    if (std::ranges::find(known, place) == known.end())
      return refuse(kql::refuse("KQL508", {}, "the settings name no such place",
                                "[[workspace]] and [[adx]] name places elsewhere")
                        .error());
    const auto noted = note("hunts.run", question.on,
                            std::string_view(question.query).substr(0, audited_query_bytes_max));
    if (!noted) return refuse(kql::refuse("KQL508", {}, noted.error().message).error());
  }
  const auto& clock = ground_.world.clock;
  const base::Timestamp now = question.now.value_or(clock.now());
  const base::Duration begun = clock.monotonic();
  const Turn turn(*this, {question.person, question.tab}, begun);
  Found found;
  const auto done = find(question, now, turn.running(), found);
  model::HuntRun run;
  run.person = question.person;
  run.at = now;
  run.query = question.query;
  run.place = question.on;
  run.from = question.from;
  run.to = question.to;
  run.took_ms = (clock.monotonic() - begun).whole_milliseconds();
  run.rows = found.text.rows();
  if (!done) run.problem = done.error().code + ": " + done.error().message;
  const auto id = ground_.store.add_run(run);
  if (!done) return refuse(done.error());
  base::JsonWriter tail;
  tail.begin_object().key("names").begin_array();
  for (const std::string& name : found.names) tail.string(name);
  tail.end_array().key("row_count").number(run.rows);
  tail.key("took_ms").number(run.took_ms);
  tail.key("fingerprint").hexadecimal(found.text.fingerprint());
  server::append_time(tail, "now", now);
  tail.key("run").number(id ? *id : std::uint64_t{0});
  tail.key("stages").begin_array();
  for (const auto& stage : found.stages) {
    tail.begin_object().member("sql", std::string_view(stage.sql).substr(0, sql_bytes_max));
    append_optional(tail, "took_us", stage.took_us);
    append_optional(tail, "rows_scanned", stage.rows_scanned);
    append_optional(tail, "memory_bytes", stage.memory_bytes);
    tail.end_object();
  }
  tail.end_array().key("limits").begin_object();
  tail.key("rows").number(static_cast<std::uint64_t>(base::limits::result_rows_max));
  tail.key("bytes").number(static_cast<std::uint64_t>(base::limits::result_bytes_max));
  tail.key("timeout_ms").number(std::int64_t{timeout_ms});
  tail.key("memory_bytes").number(base::limits::store_memory_bytes);
  tail.end_object().end_object();
  reply.is_done = true;
  reply.text = "{\"results\":" + found.text.take() + "," + tail.text().substr(1) + "\n";
  return reply;
}

server::HuntDesk::Answer HuntsDesk::progress(const std::string& person, const std::string& tab) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find({person, tab});
  if (found == running_.end()) return base::failure(base::ErrorCode::not_found, "nothing runs");
  base::JsonWriter writer;
  writer.begin_object();
  writer.key("took_ms").number(
      (ground_.world.clock.monotonic() - found->second->begun).whole_milliseconds());
  writer.key("percent");
  if (const double percent = found->second->percent; percent >= 0)
    writer.real(percent);
  else
    writer.null();
  writer.end_object();
  return writer.take() + "\n";
}

Result<void> HuntsDesk::cancel(const std::string& person, const std::string& tab) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find({person, tab});
  if (found == running_.end()) return base::failure(base::ErrorCode::not_found, "nothing runs");
  found->second->stop.request_stop();
  return {};
}

std::string HuntsDesk::check(const std::string& query) {
  kql::Inputs inputs;
  inputs.now_ticks = ground_.world.clock.now().ticks;
  inputs.check_only = true;
  inputs.saved_functions = ground_.functions.text_for(query);
  const auto shape = kql::check(query, ground_.catalogue, inputs);
  base::JsonWriter writer;
  writer.begin_object().key("ok").boolean(shape.has_value()).key("diagnostics").begin_array();
  if (!shape) kql::append_json(writer, shape.error(), query);
  writer.end_array().end_object();
  return writer.take() + "\n";
}

server::HuntDesk::Answer HuntsDesk::history(const std::string& person) {
  const auto runs = VEDETTE_TRY(ground_.store.runs(person));
  base::JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& run : runs) {
    writer.begin_object().key("id").number(run.id);
    server::append_time(writer, "at", run.at);
    writer.member("query", run.query).member("on", run.place);
    server::append_time(writer, "from", run.from.value_or(base::Timestamp()));
    server::append_time(writer, "to", run.to.value_or(base::Timestamp()));
    writer.key("took_ms").number(run.took_ms).key("rows").number(run.rows);
    writer.member("problem", run.problem).key("starred").boolean(run.is_starred);
    writer.member("comment", run.comment).end_object();
  }
  writer.end_array().end_object();
  return writer.take() + "\n";
}

Result<void> HuntsDesk::mark(const std::string& person, std::uint64_t id, const base::Json& body) {
  std::optional<bool> is_starred;
  std::optional<std::string> comment;
  if (const auto* starred = body["starred"].as_bool()) is_starred = *starred;
  if (const auto* text = body["comment"].as_string()) comment = *text;
  if (!is_starred && !comment) return wrong("give starred (true, false) or comment (a text)");
  if (comment && comment->size() > comment_bytes_max)
    return wrong(fmt::format("a comment has at most {} bytes", comment_bytes_max));
  return ground_.store.mark_run(person, id, is_starred, std::move(comment));
}

Result<void> HuntsDesk::forget(const std::string& person, std::uint64_t id) {
  return ground_.store.forget_run(person, id);
}

server::HuntDesk::Answer HuntsDesk::saved() {
  const auto own = VEDETTE_TRY(ground_.store.saved());
  // A file that is no hunt is said, and hides no other place's hunts.
  auto files = load_hunts(ground_.configuration.hunts_folder);
  const std::string problem = files ? "" : files.error().message;
  if (!files) files = load_hunts({});
  base::JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& hunt : own) {
    writer.begin_object().member("kind", "own").member("name", hunt.name);
    writer.member("title", hunt.title).member("description", hunt.description);
    writer.member("query", hunt.query).member("span", hunt.span);
    writer.key("pinned").boolean(hunt.is_pinned).member("author", hunt.author);
    server::append_time(writer, "changed", hunt.changed);
    writer.end_object();
  }
  if (!files) return std::unexpected(files.error());
  for (const auto& file : *files) {
    // One whose parameters have no values has to be given them first.
    const auto text = hunt::text_of(file.hunt, {});
    writer.begin_object().member("kind", file.shown.ends_with(" (shipped)") ? "shipped" : "file");
    writer.member("name", file.hunt.name).member("title", file.hunt.title);
    writer.member("description", file.hunt.description);
    writer.member("query", text ? *text : file.hunt.query).member("span", "");
    writer.key("pinned").boolean(false).member("author", "");
    server::append_time(writer, "changed", {});
    writer.end_object();
  }
  writer.end_array();
  if (!problem.empty()) writer.member("problem", problem);
  writer.end_object();
  return writer.take() + "\n";
}

Result<void> HuntsDesk::save(const std::string& person, const std::string& name,
                             const base::Json& body, const server::DeskNote& note) {
  if (!hunt::is_hunt_name(name))
    return wrong("a hunt's name has small letters, digits and dashes, at most 80");
  model::SavedHunt hunt;
  hunt.name = name;
  hunt.title = body["title"].text();
  hunt.description = body["description"].text();
  hunt.query = body["query"].text();
  hunt.span = body["span"].text();
  const auto* pinned = body["pinned"].as_bool();
  hunt.is_pinned = pinned != nullptr && *pinned;
  if (hunt.title.empty() || hunt.title.size() > title_bytes_max)
    return wrong(fmt::format("a hunt's title has 1 to {} bytes", title_bytes_max));
  if (hunt.description.size() > description_bytes_max)
    return wrong(fmt::format("a description has at most {} bytes", description_bytes_max));
  if (hunt.query.empty() || hunt.query.size() > query_bytes_max)
    return wrong("query must be KQL of at most 100,000 bytes");
  if (hunt.span.size() > 64) return wrong("span is a time like 24h");
  hunt.author = person;
  hunt.changed = ground_.world.clock.now();
  VEDETTE_TRY_VOID(note("hunts.save", "hunt " + name, hunt.is_pinned ? "pinned" : ""));
  return ground_.store.save(hunt);
}

Result<void> HuntsDesk::remove(const std::string& name, const server::DeskNote& note) {
  VEDETTE_TRY_VOID(note("hunts.remove", "hunt " + name.substr(0, 100), ""));
  return ground_.store.remove(name);
}

}  // namespace vedette::app
