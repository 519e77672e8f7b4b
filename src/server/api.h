// Owns: the routes of a running `serve`, who may use each, and the way of a request to its route:
// Host, caller, role, body. Promises: every route is a row of `routes()` with the least role it
// needs, and nothing is answered that is no row; who is not logged in gets 401, whose role is too
// small 403; whose role needs a second factor reaches only his own session until he has one; until
// an administrator exists nobody but the data folder's owner gets more than the
// set-up; what a browser changes comes from our own pages; errors tell no insides. Must not know:
// sockets, where the numbers come from. Any thread.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.h"
#include "access/acknowledge_link.h"
#include "base/json.h"
#include "net/http_receiver.h"
#include "ports/action_store.h"
#include "ports/incident_store.h"
#include "respond/guard.h"
#include "server/acknowledge_door.h"
#include "server/change_feed.h"
#include "server/connection_desk.h"
#include "server/gate.h"
#include "server/hunt_desk.h"
#include "server/indicator_desk.h"
#include "server/policy_desk.h"
#include "server/settings_desk.h"
#include "server/settings_refusal.h"
#include "server/web_app.h"

namespace vedette::server {

// A query over the tables, as the API takes it. `format`: json, csv, ndjson or parquet.
struct LogQuery {
  std::string query, format = "json";
  std::optional<base::Timestamp> from, to;  // of TimeGenerated
  std::stop_token gone = {};                // nobody waits for the answer any more
};
struct LogAnswer {
  bool is_done = false;  // false: `text` is a JSON object of diagnostics
  std::string text, partial;
};
using LogRunner = std::function<LogAnswer(const LogQuery& query)>;

// Actions upon accounts, and the switch that stops them.
struct ResponseDoor {
  ports::ActionStore& store;
  const respond::GuardSettings& guard;
  std::function<bool()> is_stopped;
  std::function<base::Result<void>(bool stopped, const std::string& words)> set_stopped;
};

// The detections' settings, for people to see and change. Bodies are JSON objects as the API's
// document describes them.
class DetectionDesk {
 public:
  using Refusal = SettingsRefusal;
  using Answer = SettingsAnswer;

  virtual ~DetectionDesk() = default;
  [[nodiscard]] virtual std::string show() const = 0;
  // `note` is asked, with what changes, before anything does.
  [[nodiscard]] virtual Answer change(
      const base::Json& body,
      const std::function<base::Result<void>(std::string_view detail)>& note) = 0;
  // What would have been told with these settings. Takes seconds; a second call ends the first.
  [[nodiscard]] virtual Answer preview(const base::Json& body) = 0;
  virtual void end_preview() = 0;
};

struct ApiSources {
  access::Access& access;
  ports::AccessStore& access_store;
  ports::IncidentStore& incidents;
  ports::Clock& clock;
  std::function<std::vector<std::string>()> reasons_not_ready;  // empty: ready
  std::function<std::string()> metrics;                         // Prometheus' text format
  LogRunner logs;
  DetectionDesk& detections;
  PolicyDesk& policies;
  ChannelDesk& channels;
  RetentionDesk& retention;
  PreferenceDesk& preferences;
  ConnectionDesk& connections;
  BackupDesk& backups;
  ChangeFeed& changes;
  const WebApp& web;
  std::string_view version;
  std::optional<ResponseDoor> responses = std::nullopt;
  AcknowledgeDoor* acknowledge = nullptr;  // null: messages have no links
  IndicatorDesk* indicators = nullptr;     // null: nobody may send any
  HuntDesk* hunts = nullptr;               // null: nobody hunts here
};

// A request on its way.
struct Call {
  const net::ReceivedRequest& request;
  std::string_view path, query;
  std::string_view captured = {};  // what stands for {id}
  access::Caller caller = {};
  base::Json body = {};
};

class Api {
 public:
  using Action = net::ReceiverReply (Api::*)(const Call&) const;
  struct Route {
    std::string_view method, path;     // "/api/v1/incidents/{id}"; {name} stands for any one part
    std::optional<model::Role> least;  // none: anybody
    Action action;
    bool is_form = false;  // its changes come from a page without script, and it looks itself
  };
  [[nodiscard]] static std::span<const Route> routes();

  Api(Gate gate, ApiSources sources) : gate_(std::move(gate)), sources_(std::move(sources)) {}

  [[nodiscard]] net::ReceiverReply answer(const net::ReceivedRequest& request) const;

 private:
  static const Route all_routes[];

  [[nodiscard]] base::Result<std::optional<access::Caller>> find_caller(const Call& call) const;
  [[nodiscard]] std::optional<net::ReceiverReply> refuse(const Route& route, Call& call) const;
  [[nodiscard]] net::ReceiverReply find_answer(const net::ReceivedRequest& request) const;
  [[nodiscard]] net::ReceiverReply page(const Call& call) const;
  [[nodiscard]] net::ReceiverReply shown(const access::Caller& caller) const;

  // health_routes.cpp
  net::ReceiverReply alive(const Call& call) const;
  net::ReceiverReply ready(const Call& call) const;
  net::ReceiverReply metrics(const Call& call) const;
  net::ReceiverReply document(const Call& call) const;
  net::ReceiverReply stream(const Call& call) const;

  // session_routes.cpp
  net::ReceiverReply setup_state(const Call& call) const;
  net::ReceiverReply set_up(const Call& call) const;
  net::ReceiverReply log_in(const Call& call) const;
  net::ReceiverReply log_out(const Call& call) const;
  net::ReceiverReply who_am_i(const Call& call) const;
  net::ReceiverReply change_own_password(const Call& call) const;

  // acknowledge_routes.cpp
  [[nodiscard]] std::expected<access::AcknowledgeClaim, net::ReceiverReply> follow(
      const Call& call) const;
  net::ReceiverReply show_acknowledge(const Call& call) const;
  net::ReceiverReply acknowledge_by_link(const Call& call) const;
  // second_factor_routes.cpp
  net::ReceiverReply begin_second_factor(const Call& call) const;
  net::ReceiverReply confirm_second_factor(const Call& call) const;
  net::ReceiverReply renew_recovery_codes(const Call& call) const;
  net::ReceiverReply remove_second_factor(const Call& call) const;
  net::ReceiverReply reset_second_factor(const Call& call) const;

  // incident_routes.cpp
  net::ReceiverReply incidents(const Call& call) const;
  net::ReceiverReply incident(const Call& call) const;
  net::ReceiverReply alerts(const Call& call) const;
  net::ReceiverReply acknowledge(const Call& call) const;
  net::ReceiverReply assign(const Call& call) const;
  net::ReceiverReply comment(const Call& call) const;
  net::ReceiverReply add_task(const Call& call) const;
  net::ReceiverReply finish_task(const Call& call) const;
  net::ReceiverReply set_severity(const Call& call) const;
  net::ReceiverReply close(const Call& call) const;
  net::ReceiverReply reopen(const Call& call) const;

  // action_routes.cpp
  net::ReceiverReply actions(const Call& call) const;
  net::ReceiverReply action(const Call& call) const;
  net::ReceiverReply ask_action(const Call& call) const;
  net::ReceiverReply approve_action(const Call& call) const;
  net::ReceiverReply refuse_action(const Call& call) const;
  net::ReceiverReply undo_action(const Call& call) const;
  net::ReceiverReply stop_actions(const Call& call) const;
  net::ReceiverReply resume_actions(const Call& call) const;

  // log_routes.cpp
  net::ReceiverReply query_logs(const Call& call) const;
  net::ReceiverReply export_logs(const Call& call) const;

  // hunt_routes.cpp
  net::ReceiverReply hunt_schema(const Call& call) const;
  net::ReceiverReply run_hunt(const Call& call) const;
  net::ReceiverReply hunt_progress(const Call& call) const;
  net::ReceiverReply cancel_hunt(const Call& call) const;
  net::ReceiverReply check_hunt(const Call& call) const;
  net::ReceiverReply hunt_history(const Call& call) const;
  net::ReceiverReply mark_hunt(const Call& call) const;
  net::ReceiverReply forget_hunt(const Call& call) const;
  net::ReceiverReply saved_hunts(const Call& call) const;
  net::ReceiverReply save_hunt(const Call& call) const;
  net::ReceiverReply remove_hunt(const Call& call) const;

  // detection_routes.cpp
  net::ReceiverReply detections(const Call& call) const;
  net::ReceiverReply change_detections(const Call& call) const;
  net::ReceiverReply preview_detections(const Call& call) const;
  net::ReceiverReply end_preview(const Call& call) const;

  // policy_routes.cpp
  net::ReceiverReply policies(const Call& call) const;
  net::ReceiverReply policies_of_incident(const Call& call) const;
  net::ReceiverReply policy_plan(const Call& call) const;
  net::ReceiverReply simulate_policy(const Call& call) const;
  net::ReceiverReply arm_policy(const Call& call) const;
  net::ReceiverReply disarm_policy(const Call& call) const;

  // settings_routes.cpp
  net::ReceiverReply channels(const Call& call) const;
  net::ReceiverReply preview_channel(const Call& call) const;
  net::ReceiverReply preview_page(const Call& call) const;
  net::ReceiverReply test_channel(const Call& call) const;
  net::ReceiverReply retention(const Call& call) const;
  net::ReceiverReply change_retention(const Call& call) const;
  net::ReceiverReply backups(const Call& call) const;
  net::ReceiverReply make_backup(const Call& call) const;
  net::ReceiverReply remove_backup(const Call& call) const;
  net::ReceiverReply preferences(const Call& call) const;
  net::ReceiverReply keep_preferences(const Call& call) const;

  // connection_routes.cpp
  net::ReceiverReply connections(const Call& call) const;
  net::ReceiverReply host_detections(const Call& call) const;
  net::ReceiverReply change_connections(const Call& call) const;
  net::ReceiverReply test_connection(const Call& call) const;
  net::ReceiverReply begin_simulation(const Call& call) const;
  net::ReceiverReply end_simulation(const Call& call) const;
  // indicator_routes.cpp
  net::ReceiverReply upload_indicators(const Call& call) const;
  net::ReceiverReply create_indicator(const Call& call) const;

  // graph_indicator_routes.cpp
  net::ReceiverReply submit_graph_indicators(const Call& call) const;
  net::ReceiverReply delete_graph_indicators(const Call& call) const;

  // stored_indicator_routes.cpp
  net::ReceiverReply query_indicators(const Call& call) const;
  net::ReceiverReply list_indicators(const Call& call) const;
  net::ReceiverReply show_indicator(const Call& call) const;
  net::ReceiverReply withdraw_indicator(const Call& call) const;
  net::ReceiverReply show_indicators(const Call& call, IndicatorQuestion question,
                                     std::string_view collection) const;
  [[nodiscard]] base::Result<std::vector<model::Indicator>> indicators_named(
      const Call& call) const;
  net::ReceiverReply exchange_token(const Call& call) const;

  // people_routes.cpp
  net::ReceiverReply users(const Call& call) const;
  net::ReceiverReply people(const Call& call) const;
  net::ReceiverReply add_user(const Call& call) const;
  net::ReceiverReply change_user(const Call& call) const;
  net::ReceiverReply remove_user(const Call& call) const;
  net::ReceiverReply end_sessions(const Call& call) const;
  net::ReceiverReply tokens(const Call& call) const;
  net::ReceiverReply add_token(const Call& call) const;
  net::ReceiverReply revoke_token(const Call& call) const;
  net::ReceiverReply audit(const Call& call) const;
  net::ReceiverReply verify_audit(const Call& call) const;

  const Gate gate_;
  const ApiSources sources_;
};

// The OpenAPI document of these routes, as it is in src/server/openapi.json.
[[nodiscard]] std::string_view openapi_document();

}  // namespace vedette::server
