// What is said of cloud feeds, and how often.
#include "app/cloud_story.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vedette::app {
namespace {

using base::Duration;
using collect::cloud::FeedStatus;

FeedStatus feed() {
  FeedStatus status;
  status.source = "graph:contoso:sign-ins:interactive";
  status.title = "interactive sign-ins";
  status.state = "ok";
  return status;
}

std::vector<std::string> texts(CloudStory& story, const FeedStatus& status,
                               Duration now = Duration{}) {
  std::vector<std::string> found;
  for (const auto& notice : story.take({status}, now))
    found.push_back((notice.is_problem ? "! " : "") + notice.text);
  return found;
}

TEST(CloudStory, ATroubleIsSaidOnceAndItsEnd) {
  CloudStory story;
  FeedStatus status = feed();
  EXPECT_TRUE(texts(story, status).empty());
  status.trouble = "the tenant has no licence for this";
  status.remedy = "buy P1";
  EXPECT_EQ(texts(story, status),
            std::vector<std::string>{"! graph:contoso:sign-ins:interactive (interactive sign-ins): "
                                     "the tenant has no licence for this; buy P1"});
  EXPECT_TRUE(texts(story, status).empty());
  status.trouble.clear();
  status.remedy.clear();
  EXPECT_EQ(texts(story, status).size(), 1U);
  EXPECT_TRUE(texts(story, status).empty());
}

TEST(CloudStory, SaysWhetherAPullWasComplete) {
  CloudStory story;
  FeedStatus status = feed();
  status.pulls = 1;
  status.last_pull.fetched = 83'348;
  status.last_pull.pages = 84;
  EXPECT_EQ(describe_completeness(status.last_pull), "fetched 83,348 in 84 pages to the last one");
  status.last_pull.reported = 83'348;
  EXPECT_EQ(texts(story, status),
            std::vector<std::string>{"graph:contoso:sign-ins:interactive (interactive sign-ins): "
                                     "first pull: service reported 83,348, fetched 83,348"});
}

TEST(CloudStory, TellsOfABackFillNowAndThen) {
  CloudStory story;
  FeedStatus status = feed();
  status.back_fill.is_wanted = true;
  status.back_fill.reached = *base::parse_iso("2026-06-01T12:00:00Z");
  status.back_fill.goal = status.back_fill.reached - Duration::hours(48);
  status.back_fill.estimate = Duration::minutes(7);
  EXPECT_EQ(texts(story, status).size(), 1U);
  EXPECT_TRUE(texts(story, status, Duration::minutes(1)).empty());
  const auto later = texts(story, status, Duration::minutes(5));
  ASSERT_EQ(later.size(), 1U);
  EXPECT_NE(later[0].find("read back to 2026-06-01 12:00:00Z, 2 d to go, about 7 min"),
            std::string::npos)
      << later[0];
  status.back_fill.is_wanted = false;
  status.back_fill.note = "Microsoft Graph answers nothing before 2026-05-25 00:00:00Z";
  EXPECT_EQ(texts(story, status, Duration::minutes(6)).size(), 1U);
}

TEST(CloudStory, OneHealthRecordForEachFeedWithWhatWasCounted) {
  FeedStatus status = feed();
  status.state = "refused";
  status.trouble = "no licence";
  FeedStatus other = feed();
  other.source = "graph:contoso:directory-audits";
  std::map<std::string, SourceCounts> counts;
  counts[other.source].lines = 20;
  counts[other.source].unreadable = 5;
  counts["file:auth.log"].lines = 1;
  const auto text = feed_health({status, other}, counts, *base::parse_iso("2026-06-01T12:00:00Z"),
                                Duration::minutes(1));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_NE(text.find("\"refused\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"Lines\":20"), std::string::npos) << text;
  EXPECT_NE(text.find("\"ParseRate\":0.75"), std::string::npos) << text;
  // The others are for the book of sources.
  EXPECT_EQ(counts.size(), 1U);
  EXPECT_TRUE(counts.contains("file:auth.log"));
}

}  // namespace
}  // namespace vedette::app
