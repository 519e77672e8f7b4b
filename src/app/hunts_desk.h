// Owns: hunts on the web app's page: what runs, its progress and its end, what each person ran
// before, hunts that are kept, and what can be asked: tables, functions, places. Promises: hunts
// have the places of people's other questions (log_questions.h); a newer run of a person's tab ends
// the older; elsewhere is only what the settings name, so that nobody sends our sign-in to a place
// of his own; every run is remembered for who made it. Must not know: HTTP, roles. Any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "app/function_files.h"
#include "app/log_questions.h"
#include "kql/catalogue/schema_catalogue.h"
#include "ports/hunt_store.h"
#include "server/hunt_desk.h"

namespace vedette::app {

// All outlive it.
struct HuntsGround {
  const Configuration& configuration;
  const kql::SchemaCatalogue& catalogue;
  const FunctionFolder& functions;
  LogQuestions& questions;
  ports::HuntStore& store;
  SignInWorld world;
  std::stop_token stop;  // the service stops
};

class HuntsDesk : public server::HuntDesk {
 public:
  explicit HuntsDesk(HuntsGround ground) : ground_(std::move(ground)) {}

  [[nodiscard]] std::string schema() override;
  [[nodiscard]] server::HuntReply run(const server::HuntQuestion& question,
                                      const server::DeskNote& note) override;
  [[nodiscard]] Answer progress(const std::string& person, const std::string& tab) override;
  [[nodiscard]] base::Result<void> cancel(const std::string& person,
                                          const std::string& tab) override;
  [[nodiscard]] std::string check(const std::string& query) override;

  [[nodiscard]] Answer history(const std::string& person) override;
  [[nodiscard]] base::Result<void> mark(const std::string& person, std::uint64_t id,
                                        const base::Json& body) override;
  [[nodiscard]] base::Result<void> forget(const std::string& person, std::uint64_t id) override;

  [[nodiscard]] Answer saved() override;
  [[nodiscard]] base::Result<void> save(const std::string& person, const std::string& name,
                                        const base::Json& body,
                                        const server::DeskNote& note) override;
  [[nodiscard]] base::Result<void> remove(const std::string& name,
                                          const server::DeskNote& note) override;

 private:
  struct Running {
    std::stop_source stop;
    std::atomic<double> percent = -1;  // below 0: not known
    base::Duration begun;
  };
  using Key = std::pair<std::string, std::string>;  // person, tab
  class Turn;
  struct Found;

  [[nodiscard]] std::vector<std::string> places() const;
  [[nodiscard]] kql::Checked<void> find(const server::HuntQuestion& question, base::Timestamp now,
                                        const std::shared_ptr<Running>& running, Found& found);

  const HuntsGround ground_;
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<Running>> running_;  // guarded by mutex_
};

}  // namespace vedette::app
