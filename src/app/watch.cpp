#include "app/watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/command_clock.h"
#include "app/environment.h"
#include "app/journal_intake.h"
#include "app/pipeline.h"
#include "app/setting.h"
#include "app/signals.h"
#include "app/telling.h"
#include "app/vault_secrets.h"
#include "app/watch_report.h"
#include "base/door_limits.h"
#include "base/json.h"
#include "collect/file_tail.h"
#include "collect/find_logs.h"
#include "collect/path_walk.h"
#include "collect/rotated_logs.h"
#include "collect/standard_input.h"
#include "collect/systemd_journal.h"
#include "enrich/geo_database.h"
#include "net/curl_client.h"
#include "net/system_random.h"
#include "net/system_resolver.h"
#include "notify/channel.h"
#include "notify/dispatcher.h"
#include "notify/terminal.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using collect::NoticeLevel;

constexpr Duration status_interval = Duration::milliseconds(500);
constexpr Duration drain_time = Duration::seconds(10);

std::string_view reach_of(const WatchOptions& options) {
  if (options.once) return " to its end";
  return options.from_start ? ", from the start"
                            : " for new lines (--from-start reads the old ones too)";
}

std::unique_ptr<collect::LineSource> open_journal(const WatchOptions& options,
                                                  const ports::Clock& clock,
                                                  std::string& watching) {
  collect::SystemdJournalOptions journal;
  journal.folder = options.journal_folder;
  journal.from_start = options.from_start;
  journal.read_once = options.once;
  journal.identifiers = login_identifiers();
  if (!options.quiet)
    watching =
        fmt::format("Watching the systemd journal{}{}",
                    journal.folder.empty() ? "" : " in " + journal.folder, reach_of(options));
  return std::make_unique<collect::SystemdJournal>(std::move(journal), clock);
}

Result<std::unique_ptr<collect::LineSource>> open_source(const WatchOptions& options,
                                                         const ports::Clock& clock,
                                                         WatchReport& report,
                                                         std::string& watching) {
  const bool named = options.journal || !options.journal_folder.empty();
  if (named && !options.files.empty()) {
    return base::failure(base::ErrorCode::invalid_argument,
                         "--journal and files cannot be watched together; start another `vedette "
                         "watch`");
  }
  if (named || (options.files.empty() && collect::is_journal_the_place()))
    return open_journal(options, clock, watching);
  collect::TailOptions tail;
  tail.targets = options.files;
  tail.from_start = options.from_start || options.once;
  tail.read_once = options.once;
  if (options.files.empty()) {
    const auto found = collect::find_logs();
    if (!found.message.empty()) report.advise(found.message);
    if (found.readable.empty())
      return base::failure(base::ErrorCode::not_found, "there is nothing to watch");
    tail.targets = found.readable;
  }
  const bool standard_input = std::ranges::find(tail.targets, "-") != tail.targets.end();
  if (standard_input && tail.targets.size() > 1) {
    return base::failure(base::ErrorCode::invalid_argument,
                         "standard input (-) cannot be watched together with files");
  }
  if (standard_input) return std::make_unique<collect::StandardInput>(STDIN_FILENO, clock);
  if (!options.quiet) {
    std::string names;
    for (const auto& target : tail.targets) names += (names.empty() ? "" : ", ") + target;
    watching = fmt::format("Watching {}{}", names, reach_of(options));
  }
  // A packed file is read to its end and over; a log's rotated files come before it.
  collect::RotatedLogsOptions rotated;
  if (tail.from_start) {
    std::ranges::copy_if(tail.targets, std::back_inserter(rotated.files), collect::is_packed_name);
    std::erase_if(tail.targets, collect::is_packed_name);
  }
  if (options.from_start && !options.once)
    std::ranges::remove_copy_if(tail.targets, std::back_inserter(rotated.logs),
                                collect::is_pattern);
  const bool wants_rotated = !rotated.files.empty() || !rotated.logs.empty();
  tail.first_source = wants_rotated ? base::limits::rotated_logs_max : 0;
  auto files = std::make_unique<collect::FileTail>(std::move(tail), clock);
  if (!wants_rotated) return files;
  return std::make_unique<collect::WithRotatedLogs>(
      std::make_unique<collect::RotatedLogs>(std::move(rotated), clock), std::move(files));
}

std::unique_ptr<ports::GeoLookup> open_geo(const WatchOptions& options, WatchReport& report,
                                           Result<void>& outcome) {
  const std::vector<std::filesystem::path> named(options.geo.begin(), options.geo.end());
  auto opened =
      named.empty() ? enrich::GeoDatabase::open_first() : enrich::GeoDatabase::open(named);
  if (opened) {
    for (const auto& unknown : (*opened)->unknown()) report.note("Places: " + unknown);
    // The data's licences ask for it.
    for (const auto& credit : (*opened)->credits()) report.note("Places: " + credit);
    return std::move(*opened);
  }
  if (!named.empty()) outcome = std::unexpected(opened.error());
  report.warn("places stay unknown: " + opened.error().message);
  return std::make_unique<enrich::GeoDatabase>();
}

Result<void> add_channels(const WatchOptions& options, notify::Dispatcher& dispatcher,
                          WatchReport& report) {
  const auto secrets = with_vaults({}, environment_variable);
  base::Secret signing_secret;
  if (!options.webhook_secret.empty()) {
    if (!is_reference(options.webhook_secret)) {
      return base::failure(
          base::ErrorCode::invalid_argument,
          "--webhook-secret takes env:NAME, file:PATH or vault:NAME/SECRET, so that "
          "the key is in no process list");
    }
    signing_secret = VEDETTE_TRY(
        value_of("--webhook-secret", notify::resolve_secret(options.webhook_secret, secrets)));
  }
  for (const auto& text : options.webhooks) {
    const auto address =
        VEDETTE_TRY(value_of("--webhook", notify::parse_channel_address(text, secrets)));
    if (!address.notice.empty()) report.note(address.notice);
    const bool signs = address.kind == notify::ChannelKind::webhook;
    auto channel = VEDETTE_TRY(
        value_of("--webhook-secret",
                 notify::make_channel(address, {signs ? signing_secret : base::Secret()})));
    net::CurlSettings settings;
    settings.ca_file = options.ca_file;
    auto client = VEDETTE_TRY(net::CurlClient::create(settings));
    report.note("Telling " + channel->name());
    dispatcher.add(std::move(channel), std::move(client));
  }
  return {};
}

bool wants_colour(const WatchOptions& options) {
  if (options.colour != "auto") return options.colour == "always";
  return isatty(STDOUT_FILENO) != 0 && !environment_variable("NO_COLOR");
}

// The rooms of one run, and the loop over them.
class Watch {
 public:
  Watch(const WatchOptions& options, ports::Clock& clock)
      : options_(options),
        colour_(wants_colour(options)),
        clock_(clock),
        report_(options.quiet, !options.quiet && isatty(STDERR_FILENO) != 0),
        dispatcher_({clock, random_, [this](const std::string& text) { report_.warn(text); }}) {}

  int run(const std::stop_token& stop);

 private:
  Result<void> prepare();
  void work(const std::stop_token& stop);
  void count(const detect::ChangedAlert& changed);
  void tell(const detect::ChangedAlert& changed);
  void report(const ReadBlock& block, Telling& telling);
  void show_notices(const ReadBlock& block);
  [[nodiscard]] WatchTotals totals() const;

  const WatchOptions& options_;
  const bool colour_;
  ports::Clock& clock_;
  net::SystemRandom random_;
  WatchReport report_;
  notify::Dispatcher dispatcher_;
  std::unique_ptr<collect::LineSource> source_;
  std::unique_ptr<ports::GeoLookup> geo_;
  detect::AllowList allow_list_;
  std::unique_ptr<normalise::AuthlogNormaliser> normaliser_;
  std::unique_ptr<detect::LoginDetectors> detectors_;
  std::unique_ptr<detect::PrivilegeWatch> privileges_;
  base::JsonWriter json_;  // of the telling thread
  base::Duration started_, status_due_;
  struct LastTotals {
    normalise::AuthlogCounts counts;
    std::uint64_t cut_lines = 0;
  } last_totals_;
  std::uint64_t opened_ = 0, withdrawn_ = 0, closed_ = 0;
  Result<void> outcome_;
  std::string watching_;  // what is said once the files were looked at
  bool source_failed_ = false;
  bool named_file_failed_ = false;
  bool source_finished_ = false;
};

Result<void> Watch::prepare() {
  std::vector<std::string> notices;
  net::SystemResolver resolver;
  allow_list_ = VEDETTE_TRY(make_allow_list(options_, resolver, clock_.now(), notices));
  for (const auto& notice : notices) report_.warn(notice);
  normaliser_ =
      std::make_unique<normalise::AuthlogNormaliser>(VEDETTE_TRY(make_stamp_options(options_)));
  detect::LoginSettings settings = options_.detection;
  settings.seed = random_.next();
  detectors_ = std::make_unique<detect::LoginDetectors>(settings, allow_list_);
  privileges_ = std::make_unique<detect::PrivilegeWatch>(options_.privileges, allow_list_);
  geo_ = open_geo(options_, report_, outcome_);
  VEDETTE_TRY_VOID(outcome_);
  VEDETTE_TRY_VOID(add_channels(options_, dispatcher_, report_));
  source_ = VEDETTE_TRY(open_source(options_, clock_, report_, watching_));
  return {};
}

WatchTotals Watch::totals() const {
  return {last_totals_.counts,
          *detectors_,
          opened_,
          withdrawn_,
          closed_,
          last_totals_.cut_lines,
          clock_.monotonic() - started_};
}

void Watch::count(const detect::ChangedAlert& changed) {
  if (changed.change == model::AlertChange::opened) ++opened_;
  if (changed.change == model::AlertChange::withdrawn) ++withdrawn_;
  if (changed.alert.status == model::AlertStatus::closed) ++closed_;  // some are as they open
}

// On the telling thread.
void Watch::tell(const detect::ChangedAlert& changed) {
  if (options_.json) {
    json_.clear();
    model::append_json(json_, changed.alert, &changed.change);
    report_.write_alert(json_.text());
    report_.write_alert("\n");
  } else {
    report_.write_alert(notify::format_for_terminal({colour_}, changed.change, changed.alert));
  }
  if (!dispatcher_.empty()) dispatcher_.submit(changed.change, changed.alert);
}

void Watch::show_notices(const ReadBlock& block) {
  for (const auto& notice : block.source_notices) {
    const bool failed = notice.kind == collect::NoticeKind::cannot_open ||
                        notice.kind == collect::NoticeKind::refused;
    source_failed_ |= failed;
    named_file_failed_ |=
        failed && std::ranges::find(options_.files, notice.source_name) != options_.files.end();
    if (notice.level == NoticeLevel::information)
      report_.note(notice.text);
    else
      report_.warn(notice.text);
  }
  for (const auto& notice : block.notices) report_.note(notice);
}

void Watch::report(const ReadBlock& block, Telling& telling) {
  // Only now, after the first look at the files: what is written from here on is new.
  if (!watching_.empty() && block.outcome) report_.note(std::exchange(watching_, {}));
  // Of old content many are handed over at once.
  if (!block.progress.catching_up) telling.hand_over();
  show_notices(block);
  source_finished_ = block.source_finished;
  last_totals_ = {block.counts, block.cut_lines};
  if (clock_.monotonic() < status_due_) return;
  telling.hand_over();  // whatever comes next may take long
  report_.show_status(block.progress, totals());
  status_due_ = clock_.monotonic() + status_interval;
}

void Watch::work(const std::stop_token& stop) {
  Reading reading(*source_, *normaliser_, status_interval, stop);
  Telling telling([this](const detect::ChangedAlert& changed) { tell(changed); },
                  [this] { report_.flush_alerts(); });
  Pipeline pipeline({reading, *detectors_, *privileges_, *geo_, clock_,
                     [&](detect::ChangedAlert&& changed) {
                       count(changed);
                       telling.add(std::move(changed));
                     },
                     [&](const ReadBlock& block) { report(block, telling); }});
  while (!stop.stop_requested() && !report_.output_failed()) {
    const auto stepped = pipeline.step();
    if (!stepped) outcome_ = std::unexpected(stepped.error());
    if (!stepped || !*stepped) break;
  }
  if (source_finished_) pipeline.finish();
  telling.finish();
}

int Watch::run(const std::stop_token& stop) {
  if (const auto prepared = prepare(); !prepared) {
    report_.warn(prepared.error().message);
    return exit_code_of(prepared.error());
  }
  started_ = clock_.monotonic();
  status_due_ = started_ + status_interval;
  work(stop);
  const auto channels = dispatcher_.drain(drain_time);
  report_.summarise(totals(), normaliser_->quarantine(), channels);
  if (options_.show_unreadable) report_.list_unreadable(normaliser_->quarantine());
  if (!outcome_) report_.warn(outcome_.error().message);
  if (const auto why = report_.output_error(); !why.empty()) report_.warn(why);
  const bool nothing_read = source_failed_ && last_totals_.counts.lines == 0;
  const bool incomplete = options_.once && named_file_failed_;
  const bool done = outcome_ && !nothing_read && !incomplete && !report_.output_failed();
  return done ? exit_done : exit_failed;
}

}  // namespace

int watch(const WatchOptions& options, const std::stop_token& stop) {
  return with_command_clock([&](ports::Clock& clock) { return Watch(options, clock).run(stop); });
}

int run_watch(Arguments arguments) {
  const auto parsed = parse_watch_options(arguments);
  if (parsed.exit_code) return *parsed.exit_code;
  StopOnSignals signals;
  return watch(parsed.options, signals.token());
}

}  // namespace vedette::app
