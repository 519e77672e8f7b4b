#include "app/command_policy.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "access/audit_chain.h"
#include "app/command_clock.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/data_layout.h"
#include "app/environment.h"
#include "app/policy_files.h"
#include "app/policy_view.h"
#include "app/system_user.h"
#include "base/encode.h"
#include "base/text.h"
#include "incident/actions.h"
#include "respond/policy_limits.h"
#include "store/sqlite/sqlite_access.h"
#include "store/sqlite/sqlite_incidents.h"
#include "store/sqlite/sqlite_policies.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr const char* description =
    "What is done about incidents that nobody attends to: policies tell, warn, and lock accounts.\n"
    "A policy does nothing until a person arms it, and nothing any more when its file is changed.\n"
    "Two come with the program: credential-phishing and twill (docs/guides/policies.md).";
constexpr const char* footer =
    "Examples:\n"
    "  vedette policy list                                  what there is, and what is armed\n"
    "  vedette policy simulate credential-phishing          what it would have done in 90 days\n"
    "  vedette policy arm credential-phishing --mode propose  tells and warns; a person approves "
    "locks\n"
    "  vedette policy arm credential-phishing --mode auto   locks by itself after 120 hours\n"
    "  vedette policy explain 12                            when is somebody locked for incident "
    "12\n"
    "  vedette policy show twill > /etc/vedette/policies/twill.yaml   to edit a shipped one\n"
    "\nExit codes: 0 done, 1 it went wrong, 2 the words were wrong and nothing was done.";

enum class Verb { list, show, check, explain, arm, disarm, simulate };

struct PolicyWords {
  Verb verb = Verb::list;
  std::string config, data, name, mode, person;
  std::vector<std::string> files;
  std::uint64_t incident = 0;
  int days = 90;
};

void add_verbs(CLI::App& app, PolicyWords& words) {
  const auto verb = [&](Verb which, const std::string& name, const std::string& help) {
    auto* made = app.add_subcommand(name, help);
    made->add_option("--config", words.config, "the settings of serve")->type_name("FILE");
    made->add_option("--data", words.data, "where everything is kept")->type_name("DIR");
    made->callback([&words, which] { words.verb = which; });
    return made;
  };
  verb(Verb::list, "list", "policies, and which are armed");
  verb(Verb::show, "show", "a policy's text, to be kept and edited")
      ->add_option("NAME", words.name)
      ->required();
  verb(Verb::check, "check", "read policy files and say what is wrong with them")
      ->add_option("FILE", words.files, "none: those that there are");
  verb(Verb::explain, "explain", "what becomes of an incident, and why")
      ->add_option("INCIDENT", words.incident)
      ->required();
  auto* arm = verb(Verb::arm, "arm", "let a policy act; asks for a sentence");
  arm->add_option("NAME", words.name)->required();
  arm->add_option("--mode", words.mode, "dry-run, propose or auto; as its file says unless given");
  arm->add_option("--as", words.person, "who does this")->type_name("NAME");
  auto* disarm = verb(Verb::disarm, "disarm", "a policy does nothing any more");
  disarm->add_option("NAME", words.name)->required();
  disarm->add_option("--as", words.person, "who does this")->type_name("NAME");
  auto* simulate = verb(Verb::simulate, "simulate", "what a policy would have done");
  simulate->add_option("NAME", words.name)->required();
  simulate->add_option("--days", words.days, "how far back")->check(CLI::Range(1, 3'650));
}

// One run of the command.
class Run {
 public:
  Run(PolicyWords words, const PolicySurroundings& around)
      : words_(std::move(words)), around_(around) {
    if (words_.person.empty()) words_.person = around_.person;
  }

  int run() {
    const auto done = perform();
    if (done) return *done;
    around_.errors << "vedette: " << base::encode_terminal(done.error().message) << "\n";
    return exit_failed;
  }

 private:
  Result<int> perform() {
    if (words_.verb == Verb::check && !words_.files.empty()) return check_files();
    VEDETTE_TRY_VOID(load());
    switch (words_.verb) {
      case Verb::list:
        return list();
      case Verb::show:
        around_.output << (VEDETTE_TRY(find(words_.name)))->text;
        return exit_done;
      case Verb::check:
        around_.output << fmt::format("{} policies are as they should be\n", files_.size());
        return exit_done;
      case Verb::explain:
        return explain_incident();
      case Verb::arm:
        return arm();
      case Verb::disarm:
        return disarm();
      case Verb::simulate:
        break;
    }
    return simulate_policy();
  }

  Result<int> check_files() {
    int code = exit_done;
    for (const auto& file : words_.files) {
      const auto read = load_policy(file);
      if (read) {
        around_.output << fmt::format("{}: {}: {}\n", base::encode_terminal(file),
                                      read->policy.name, steps_in_words(read->policy));
        continue;
      }
      around_.errors << base::encode_terminal(read.error().message) << "\n";
      code = exit_failed;
    }
    return code;
  }

  Result<void> load() {
    const std::filesystem::path path =
        words_.config.empty() ? find_configuration_file() : std::filesystem::path(words_.config);
    auto loaded = load_configuration(path, environment_variable);
    if (!loaded) {
      std::string all;
      for (const auto& problem : loaded.error()) all += (all.empty() ? "" : "; ") + problem;
      return base::failure(ErrorCode::invalid_argument, all);
    }
    configuration_ = *std::move(loaded);
    files_ = VEDETTE_TRY(load_policies(configuration_.policies_folder));
    std::optional<std::string> named;
    if (!words_.data.empty())
      named = words_.data;
    else if (!configuration_.data_folder.empty())
      named = configuration_.data_folder.string();
    data_ = DataLayout{VEDETTE_TRY(data_folder(named))};
    std::error_code error;
    if (!std::filesystem::exists(data_.state(), error)) return {};
    policies_ = VEDETTE_TRY(store::sqlite::SqlitePolicies::open(data_.state(), only_reads()));
    armed_ = VEDETTE_TRY(policies_->armed());
    incidents_ = VEDETTE_TRY(store::sqlite::SqliteIncidents::open(data_.state(), true));
    return {};
  }
  [[nodiscard]] bool only_reads() const {
    return words_.verb != Verb::arm && words_.verb != Verb::disarm;
  }
  Result<void> need_state() const {
    if (policies_ != nullptr) return {};
    return base::failure(ErrorCode::not_found, data_.folder.string() +
                                                   " holds no state.db; `vedette serve` makes it, "
                                                   "--data names another folder");
  }

  Result<const PolicyFile*> find(const std::string& name) {
    const auto found = std::ranges::find_if(
        files_, [&](const PolicyFile& each) { return each.policy.name == name; });
    if (found != files_.end()) return &*found;
    std::vector<std::string_view> names;
    for (const auto& file : files_) names.push_back(file.policy.name);
    const std::string_view near = base::nearest(name, names);
    return base::failure(ErrorCode::not_found,
                         fmt::format("there is no policy {}; {}", name,
                                     near.empty() ? "vedette policy list shows them"
                                                  : fmt::format("did you mean {}?", near)));
  }
  [[nodiscard]] const model::ArmedPolicy* armed_of(const std::string& name) const {
    const auto found = std::ranges::find(armed_, name, &model::ArmedPolicy::name);
    return found == armed_.end() ? nullptr : &*found;
  }

  Result<int> list() {
    for (const auto& file : files_)
      around_.output << line_of_policy(file, armed_of(file.policy.name));
    for (const auto& one : armed_)
      if (!find(one.name))
        around_.output << fmt::format("{:<22} armed, but its file is gone: it does nothing\n",
                                      base::encode_terminal(one.name));
    return exit_done;
  }

  Result<int> explain_incident() {
    VEDETTE_TRY_VOID(need_state());
    const auto incident = VEDETTE_TRY(incidents_->find(words_.incident));
    if (!incident)
      return base::failure(
          ErrorCode::not_found,
          fmt::format("there is no incident {}; `vedette incidents list --all` shows them",
                      words_.incident));
    const auto cases = VEDETTE_TRY(policies_->cases(words_.incident));
    around_.output << fmt::format("Incident {}: {}\n", incident->number,
                                  base::encode_terminal(incident->title));
    for (const auto& file : files_) {
      const auto known = std::ranges::find(cases, file.policy.name, &model::PolicyCase::policy);
      around_.output << explain({file, armed_of(file.policy.name),
                                 known == cases.end() ? nullptr : &*known, *incident,
                                 around_.clock.now()});
    }
    return exit_done;
  }

  // What is about to be allowed, in full, and the sentence that allows it.
  Result<bool> confirm(const PolicyFile& file, model::ActionMode mode) {
    const auto& policy = file.policy;
    const std::string sentence = arming_sentence(policy, mode);
    around_.output << fmt::format("{}: {}\n", policy.name,
                                  base::encode_terminal(policy.description))
                   << "  " << steps_in_words(policy) << "\n"
                   << "  the clock is stopped by "
                   << (policy.until == respond::Until::acknowledged ? "a person's touch"
                                                                    : "closing the incident only")
                   << "; incidents that are older begin now\n";
    if (mode == model::ActionMode::automatic)
      around_.output << "Without asking anybody it will send these calls:\n"
                     << text_of(calls_of(policy, configuration_.cloud.endpoints().graph.address))
                     << "The guard may still refuse or ask: protected accounts, caps, trip-wire.\n";
    else if (mode == model::ActionMode::propose)
      around_.output << "It asks a person before it sends these calls:\n"
                     << text_of(calls_of(policy, configuration_.cloud.endpoints().graph.address));
    else
      around_.output << "It sends no call: what it would do is written down.\n";
    around_.output << fmt::format("Type \"{}\" to allow it: ", sentence) << std::flush;
    std::string typed;
    std::getline(around_.input, typed);
    return base::trim(typed) == sentence;
  }

  // Who armed and disarmed is part of the audit log.
  Result<void> audit(std::string_view action, std::string detail) {
    auto log = VEDETTE_TRY(store::sqlite::SqliteAccess::open(data_.state(), &access::audit_hash));
    return log->add_audit({0, around_.clock.now(), words_.person, std::string(action),
                           "policy " + words_.name, std::move(detail), ""});
  }
  Result<void> check_person() const {
    if (!base::trim(words_.person).empty() &&
        !base::equals_ignoring_case(words_.person, incident::own_name))
      return {};
    return base::failure(ErrorCode::invalid_argument, "--as names a person");
  }

  Result<int> arm() {
    VEDETTE_TRY_VOID(check_person());
    const PolicyFile* file = VEDETTE_TRY(find(words_.name));
    VEDETTE_TRY_VOID(need_state());
    const auto mode =
        words_.mode.empty() ? file->policy.mode : model::action_mode_named(words_.mode);
    if (!mode)
      return base::failure(ErrorCode::invalid_argument, "--mode is dry-run, propose or auto");
    if (!VEDETTE_TRY(confirm(*file, *mode)))
      return base::failure(ErrorCode::cancelled, "that was not the sentence: nothing was armed");
    VEDETTE_TRY_VOID(
        audit("policy.arm", fmt::format("{}, SHA-256 {}", name_of(*mode), file->policy.hash)));
    VEDETTE_TRY_VOID(policies_->arm(
        {words_.name, file->policy.hash, *mode, around_.clock.now(), words_.person}));
    around_.output << fmt::format("{} is armed ({}). A running serve begins within seconds.\n",
                                  words_.name, name_of(*mode));
    return exit_done;
  }

  Result<int> disarm() {
    VEDETTE_TRY_VOID(check_person());
    VEDETTE_TRY_VOID(need_state());
    if (!VEDETTE_TRY(policies_->disarm(words_.name)))
      return base::failure(
          ErrorCode::not_found,
          fmt::format("{} is not armed; vedette policy list shows what is", words_.name));
    VEDETTE_TRY_VOID(audit("policy.disarm", ""));
    around_.output << fmt::format("{} is disarmed: it tells nobody and locks nobody.\n",
                                  base::encode_terminal(words_.name));
    return exit_done;
  }

  Result<int> simulate_policy() {
    const PolicyFile* file = VEDETTE_TRY(find(words_.name));
    VEDETTE_TRY_VOID(need_state());
    const base::Timestamp now = around_.clock.now();
    const auto found =
        VEDETTE_TRY(incidents_since(*incidents_, now - base::Duration::hours(24 * words_.days)));
    const SimulatedPolicy done = simulate(file->policy, found, now);
    around_.output << text_of(done)
                   << fmt::format(
                          "{} of {} incidents of {} days are {}'s: {} attended to in time, {} "
                          "stopped by an unidentified change, {} still run, {} would have been "
                          "locked.\n",
                          done.cases.size(), found.size(), words_.days, words_.name, done.attended,
                          done.unclear, done.running, done.locks);
    return exit_done;
  }

  PolicyWords words_;
  const PolicySurroundings& around_;
  Configuration configuration_;
  DataLayout data_;
  std::vector<PolicyFile> files_;
  std::unique_ptr<store::sqlite::SqlitePolicies> policies_;
  std::unique_ptr<store::sqlite::SqliteIncidents> incidents_;
  std::vector<model::ArmedPolicy> armed_;
};

}  // namespace

int run_policy(Arguments arguments, const PolicySurroundings& around) {
  CLI::App app(description, "vedette policy");
  app.footer(footer);
  app.require_subcommand(1);
  PolicyWords words;
  add_verbs(app, words);
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  return Run(std::move(words), around).run();
}

int run_policy(Arguments arguments) {
  return with_command_clock([&](ports::Clock& clock) {
    return run_policy(arguments, {clock, system_user(), std::cin, std::cout, std::cerr});
  });
}

}  // namespace vedette::app
