#include "app/cloud_story.h"

#include <fmt/format.h>

#include "app/intel_sources.h"
#include "app/source_health.h"
#include "base/text.h"
#include "normalise/health_rows.h"

namespace vedette::app {
namespace {

using base::Duration;
using collect::cloud::FeedStatus;

constexpr Duration progress_interval = Duration::minutes(5);

std::string trouble_of(const FeedStatus& feed) {
  if (feed.trouble.empty()) return feed.state == "limited" ? feed.remedy : std::string();
  return feed.remedy.empty() ? feed.trouble : feed.trouble + "; " + feed.remedy;
}

// What is told outwards is not fetched.
std::string describe_last(const FeedStatus& feed) {
  if (!takes_indicators(feed.source)) return describe_completeness(feed.last_pull);
  return fmt::format("looked at {}, sent {}", base::group_thousands(feed.last_pull.fetched),
                     base::group_thousands(feed.last_pull.fresh));
}

}  // namespace

std::string describe_completeness(const collect::cloud::PullStatus& pull) {
  const std::string fetched = base::group_thousands(pull.fetched);
  if (pull.reported)
    return fmt::format("service reported {}, fetched {}", base::group_thousands(*pull.reported),
                       fetched);
  return fmt::format("fetched {} in {} pages to the last one", fetched, pull.pages);
}

std::string describe_back_fill(const collect::cloud::BackFillStatus& back) {
  std::string text = fmt::format("read back to {}, {} to go", base::format_seconds(back.reached),
                                 base::format_duration(back.reached - back.goal));
  if (back.estimate) text += fmt::format(", about {}", base::format_duration(*back.estimate));
  return text;
}

std::vector<CloudNotice> CloudStory::take(const std::vector<FeedStatus>& feeds,
                                          Duration monotonic) {
  std::vector<CloudNotice> notices;
  for (const FeedStatus& feed : feeds) {
    Told& told = told_[feed.source];
    const auto say = [&](bool is_problem, const std::string& text) {
      notices.push_back({is_problem, fmt::format("{} ({}): {}", feed.source, feed.title, text)});
    };
    const std::string trouble = trouble_of(feed);
    if (trouble != told.trouble && !trouble.empty()) say(true, trouble);
    if (trouble.empty() && !told.trouble.empty()) say(false, "works again");
    told.trouble = trouble;
    if (feed.pulls > 0 && !told.was_pulled)
      say(false,
          (takes_indicators(feed.source) ? "first look: " : "first pull: ") + describe_last(feed));
    told.was_pulled |= feed.pulls > 0;
    const bool is_behind = feed.back_fill.is_wanted;
    if (is_behind && monotonic >= told.progress_due) {
      say(false, describe_back_fill(feed.back_fill));
      told.progress_due = monotonic + progress_interval;
    }
    if (!is_behind && told.was_behind)
      say(false, feed.back_fill.note.empty() ? "everything before is read"
                                             : "read back: " + feed.back_fill.note);
    told.was_behind = is_behind;
  }
  return notices;
}

std::string feed_health(const std::vector<FeedStatus>& feeds,
                        std::map<std::string, SourceCounts>& counts, base::Timestamp now,
                        Duration interval) {
  std::string text;
  for (const FeedStatus& feed : feeds) {
    normalise::SourceHealth health;
    health.time = now;
    health.source = feed.source;
    health.interval_s = interval.whole_seconds();
    health.state = feed.state;
    if (health.state == "ok" && feed.back_fill.is_wanted) health.state = "behind";
    health.message = trouble_of(feed);
    if (health.message.empty() && feed.back_fill.is_wanted)
      health.message = describe_back_fill(feed.back_fill);
    if (health.message.empty() && feed.pulls > 0) health.message = describe_last(feed);
    const auto& pull = feed.last_pull;
    if (pull.reported && *pull.reported > 0)
      health.completeness = static_cast<double>(pull.fetched) / static_cast<double>(*pull.reported);
    health.lateness_s_max = feed.lateness_max.as_seconds();
    if (const auto counted = counts.extract(feed.source)) {
      health.format = counted.mapped().format;
      put_counts(counted.mapped(), health);
    }
    text += normalise::format_health(health);
  }
  return text;
}

}  // namespace vedette::app
