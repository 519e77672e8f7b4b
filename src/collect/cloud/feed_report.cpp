#include "collect/cloud/feed_report.h"

#include <utility>

namespace vedette::collect::cloud {

FeedReport::FeedReport(std::string source, std::string title) {
  status_.source = std::move(source);
  status_.title = std::move(title);
  status_.state = "starting";
}

void FeedReport::count(const PullStatus& pull, bool is_back) {
  if (!is_back) status_.last_pull = pull;
  status_.pulls += is_back ? 0 : 1;
  status_.pages += pull.pages;
  status_.records += pull.fetched;
  status_.fresh += pull.fresh;
  status_.trouble.clear();
  status_.remedy.clear();
}

void FeedReport::pulled(const PullStatus& pull, std::string state, std::string remedy) {
  const std::lock_guard lock(mutex_);
  count(pull, false);
  status_.state = std::move(state);
  status_.remedy = std::move(remedy);
  status_.read_until = pull.to;
}

void FeedReport::pulled_window(const PullStatus& pull, bool is_back) {
  const std::lock_guard lock(mutex_);
  count(pull, is_back);
}

void FeedReport::failed(const Trouble& trouble, std::string remedy, bool passes, bool is_tried,
                        base::Timestamp now) {
  const std::lock_guard lock(mutex_);
  ++status_.failures;
  if (status_.trouble.empty()) status_.trouble_since = now;
  status_.trouble = trouble.words;
  status_.remedy = std::move(remedy);
  status_.state = passes ? "waiting" : "refused";
  was_tried_ |= !passes || is_tried;
}

bool FeedReport::has_pulled() const {
  const std::lock_guard lock(mutex_);
  return status_.pulls > 0 || was_tried_;
}

FeedStatus FeedReport::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace vedette::collect::cloud
