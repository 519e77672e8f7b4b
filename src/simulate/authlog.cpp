#include "simulate/authlog.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "simulate/activity.h"
#include "simulate/attack.h"
#include "simulate/connection.h"
#include "simulate/schedule.h"
#include "simulate/story.h"
#include "simulate/traffic.h"
#include "simulate/world.h"

namespace vedette::simulate {
namespace {

constexpr std::int64_t never_us = std::numeric_limits<std::int64_t>::max();
// Of all lines, how many belong to attacks, in the long run.
constexpr std::int64_t attack_share_percent = 75;
// The filler makes up for what is missing, or held back for what is too much, within this time.
constexpr std::int64_t correction_us = 10 * second_us;
constexpr std::size_t piece_bytes = 1024 * 1024;
constexpr std::uint64_t typical_line_bytes = 108;

std::int64_t to_us(base::Timestamp time) {
  return (time.ticks - base::unix_epoch_ticks) / 10;
}
base::Timestamp from_us(std::int64_t time_us) {
  return {base::unix_epoch_ticks + time_us * 10};
}

AddressSource make_addresses(const AuthlogOptions& options) {
  AddressSource addresses(options.seed);
  if (!options.story) return addresses;
  for (const base::IpAddress& address : story_addresses()) addresses.keep_out(address);
  return addresses;
}

struct Visitor {
  base::IpAddress address;
  std::uint32_t visits_left = 0;
};

}  // namespace

class AuthlogGenerator::Engine {
 public:
  explicit Engine(const AuthlogOptions& options);

  std::optional<base::Timestamp> append_line(std::string& out);
  void finish();

  std::function<void(const PlannedAlert&)> on_alert;
  Mix mix;

 private:
  void start_filler(std::int64_t now_us);
  void start_arrival(std::int64_t now_us);
  void start_scripted(std::uint32_t index, std::int64_t now_us);
  void start_attack(Attack attack, std::int64_t now_us);
  void launch(std::uint32_t index, std::int64_t now_us);
  void come_back(std::uint32_t index, std::int64_t now_us);
  void revisit(std::uint32_t index, std::int64_t now_us);
  void plan_revisit(const base::IpAddress& address, std::uint32_t visits, std::int64_t now_us);
  void connect(ConnectionPlan plan, std::int64_t now_us, std::uint32_t attack = no_attack);
  void write_connection(std::uint32_t index, std::int64_t now_us, std::string& out);
  void write_activity(std::uint32_t index, std::int64_t now_us, std::string& out);
  void record(const ConnectionPlan& plan, const Step& step, std::int64_t now_us);
  void release(std::uint32_t attack, std::int64_t now_us);
  void tell(const Attack& attack, bool complete);
  void start_due(const Due& due);
  [[nodiscard]] std::int64_t estimated_end_us(std::int64_t now_us) const;
  [[nodiscard]] std::int64_t filler_gap_us(std::uint32_t lines, std::int64_t now_us);
  [[nodiscard]] static std::int64_t rate_of(const Attack& attack);

  AuthlogOptions options_;
  SeededRandom random_;
  AddressSource addresses_;
  World world_;
  LineWriter writer_;
  AttackPlanner planner_;
  Traffic traffic_;
  Schedule schedule_;
  Pool<Connection> connections_;
  Pool<Activity> activities_;
  Pool<Attack> attacks_;
  Pool<Visitor> visitors_;
  std::vector<ScriptedAttack> script_;
  std::vector<std::uint32_t> attacks_open_;
  std::int64_t start_us_;
  std::int64_t end_us_;
  std::int64_t attack_rate_ = 0;  // of the attacks under way, in lines in a million seconds
  bool finished_ = false;
};

AuthlogGenerator::Engine::Engine(const AuthlogOptions& options)
    : options_(options),
      random_(options.seed),
      addresses_(make_addresses(options)),
      world_(options_, random_, addresses_),
      writer_(options_),
      planner_(world_, addresses_, random_, writer_.compresses_repeats()),
      traffic_(world_, addresses_, random_, std::int64_t{options.zone_minutes} * minute_us),
      start_us_(to_us(options.start)),
      end_us_(options.duration.ticks > 0 ? start_us_ + options.duration.ticks / 10 : never_us) {
  schedule_.add(start_us_, DueKind::filler);
  if (!options_.story) {
    schedule_.add(start_us_ + random_.between(second_us, 4 * second_us), DueKind::arrival);
    return;
  }
  script_ = story_attacks(world_);
  for (std::uint32_t i = 0; i < script_.size(); ++i) {
    const std::int64_t begin_us = start_us_ + script_[i].offset_us;
    // Nobody else fails on the accounts of the story meanwhile.
    const Attack& attack = script_[i].attack;
    if (attack.kind != AttackKind::spray && attack.kind != AttackKind::one_network) {
      const bool free = world_.reserve(attack.account, start_us_, begin_us + attack.duration_us);
      assert(free);
    }
    schedule_.add(begin_us, DueKind::arrival, i);
  }
}

std::optional<base::Timestamp> AuthlogGenerator::Engine::append_line(std::string& out) {
  const std::size_t before = out.size();
  while (!finished_) {
    const bool full = (options_.lines_max != 0 && mix.lines >= options_.lines_max) ||
                      (options_.bytes_max != 0 && mix.bytes >= options_.bytes_max);
    if (full || schedule_.top().time_us >= end_us_) {
      finish();
      break;
    }
    const Due due = schedule_.take();
    if (due.kind == DueKind::connection) {
      write_connection(due.index, due.time_us, out);
    } else if (due.kind == DueKind::activity) {
      write_activity(due.index, due.time_us, out);
    } else {
      start_due(due);
      continue;
    }
    ++mix.lines;
    mix.bytes += out.size() - before;
    mix.last_line = from_us(due.time_us);
    if (mix.lines == 1) mix.first_line = mix.last_line;
    return mix.last_line;
  }
  return std::nullopt;
}

void AuthlogGenerator::Engine::start_due(const Due& due) {
  switch (due.kind) {
    case DueKind::filler:
      start_filler(due.time_us);
      return;
    case DueKind::arrival:
      if (options_.story)
        start_scripted(due.index, due.time_us);
      else
        start_arrival(due.time_us);
      return;
    case DueKind::launch:
      launch(due.index, due.time_us);
      return;
    case DueKind::come_back:
      come_back(due.index, due.time_us);
      return;
    case DueKind::revisit:
      revisit(due.index, due.time_us);
      return;
    case DueKind::log_in_again:
      connect(traffic_.log_in(due.index, 1), due.time_us);
      return;
    case DueKind::connection:
    case DueKind::activity:
      break;
  }
  std::unreachable();
}

// When the next piece of filler is due, so that all lines together keep to the chosen rate.
std::int64_t AuthlogGenerator::Engine::filler_gap_us(std::uint32_t lines, std::int64_t now_us) {
  // Rates are in lines in a million seconds, so that one line a second is 1'000'000.
  const std::int64_t rate = std::int64_t{options_.rate_lines_per_second} * 1'000'000;
  const std::int64_t elapsed_us = now_us - start_us_;
  const auto wanted =
      static_cast<std::int64_t>(options_.rate_lines_per_second) * (elapsed_us / second_us) +
      static_cast<std::int64_t>(options_.rate_lines_per_second) * (elapsed_us % second_us) /
          second_us;
  const std::int64_t missing = wanted - static_cast<std::int64_t>(mix.lines);
  const std::int64_t correction = missing * 1'000'000 / (correction_us / second_us);
  const std::int64_t own = std::clamp(rate - attack_rate_ + correction, rate / 50, rate * 4);
  return random_.exponential(std::int64_t{lines} * 1'000'000 * 1'000'000 / own);
}

void AuthlogGenerator::Engine::start_filler(std::int64_t now_us) {
  Filler filler = traffic_.next(now_us, writer_.compresses_repeats());
  const std::uint32_t lines = filler.lines;
  if (filler.address_is_new) ++mix.addresses;
  switch (filler.kind) {
    case FillerKind::visitor: {
      const base::IpAddress address = filler.connection.address;
      connect(std::move(filler.connection), now_us);
      if (random_.chance(750))
        plan_revisit(address, 1 + static_cast<std::uint32_t>(random_.below(6)), now_us);
      break;
    }
    case FillerKind::person:
      connect(std::move(filler.connection), now_us);
      if (filler.logs_in_again)
        schedule_.add(now_us + random_.between(25 * second_us, 45 * second_us),
                      DueKind::log_in_again, filler.account);
      break;
    case FillerKind::activity: {
      const std::uint32_t index = activities_.take();
      activities_[index].start(filler.activity, filler.address, filler.host, filler.account, world_,
                               random_);
      schedule_.add(now_us, DueKind::activity, index);
      break;
    }
  }
  schedule_.add(now_us + filler_gap_us(lines, now_us), DueKind::filler);
}

void AuthlogGenerator::Engine::plan_revisit(const base::IpAddress& address, std::uint32_t visits,
                                            std::int64_t now_us) {
  if (visitors_.used() >= base::limits::simulated_revisits_max) return;
  const std::uint32_t index = visitors_.take();
  visitors_[index] = {address, visits};
  schedule_.add(now_us + random_.between(25 * minute_us, 180 * minute_us), DueKind::revisit, index);
}

void AuthlogGenerator::Engine::revisit(std::uint32_t index, std::int64_t now_us) {
  const Visitor visitor = visitors_[index];
  visitors_.give_back(index);
  connect(traffic_.visit(visitor.address, false, now_us), now_us);
  if (visitor.visits_left > 1) plan_revisit(visitor.address, visitor.visits_left - 1, now_us);
}

// When the log will probably end, so that attacks can be over by then.
std::int64_t AuthlogGenerator::Engine::estimated_end_us(std::int64_t now_us) const {
  std::uint64_t lines_left = std::numeric_limits<std::uint64_t>::max();
  if (options_.lines_max != 0) lines_left = options_.lines_max - mix.lines;
  if (options_.bytes_max != 0) {
    const std::uint64_t line_bytes =
        mix.lines > 1000 ? mix.bytes / mix.lines + 1 : typical_line_bytes;
    lines_left = std::min(lines_left, (options_.bytes_max - mix.bytes) / line_bytes);
  }
  if (lines_left > (std::uint64_t{1} << 50)) return end_us_;
  const std::uint64_t left_us = lines_left * 1'000 / options_.rate_lines_per_second * 1'000;
  return std::min(end_us_, now_us + static_cast<std::int64_t>(left_us / 100 * 97));
}

void AuthlogGenerator::Engine::start_arrival(std::int64_t now_us) {
  const std::int64_t end_us = estimated_end_us(now_us);
  const std::uint64_t lines_max =
      std::max<std::uint64_t>(80, options_.rate_lines_per_second * 600ULL);
  std::int64_t gap_us = 10 * second_us;
  const AttackKind kind = planner_.pick_kind();
  if (attacks_.used() < base::limits::simulated_attacks_max) {
    auto attack = planner_.plan(kind, now_us, end_us, lines_max);
    if (!attack) attack = planner_.plan(AttackKind::fast_guessing, now_us, end_us, 60);
    if (attack) {
      const std::int64_t rate = options_.rate_lines_per_second;
      const auto lines = static_cast<std::int64_t>(attack->lines);
      gap_us = lines * second_us * 100 / (rate * attack_share_percent);
      gap_us = gap_us / 2 + random_.between(0, gap_us);
      start_attack(std::move(*attack), now_us);
    }
  }
  schedule_.add(now_us + std::max<std::int64_t>(gap_us, 1), DueKind::arrival);
}

void AuthlogGenerator::Engine::start_scripted(std::uint32_t index, std::int64_t now_us) {
  start_attack(script_[index].attack, now_us);
}

std::int64_t AuthlogGenerator::Engine::rate_of(const Attack& attack) {
  return static_cast<std::int64_t>(attack.lines) * 1'000'000'000 /
         std::max<std::int64_t>(attack.duration_us / 1'000, 1);
}

void AuthlogGenerator::Engine::start_attack(Attack attack, std::int64_t now_us) {
  const std::uint32_t index = attacks_.take();
  attack_rate_ += rate_of(attack);
  attacks_[index] = std::move(attack);
  attacks_open_.push_back(index);
  schedule_.add(now_us, DueKind::launch, index);
}

void AuthlogGenerator::Engine::launch(std::uint32_t index, std::int64_t now_us) {
  Attack& attack = attacks_[index];
  if (attack.launched >= attack.launches) {
    ++attack.launched;
    ++attack.connections_open;
    connect(planner_.success_connection(attack), now_us, index);
    return;
  }
  ConnectionPlan plan = planner_.next_connection(attack, now_us);
  if (attack.launched < attack.launches || attack.succeeds)
    schedule_.add(now_us + planner_.next_gap_us(attack), DueKind::launch, index);
  connect(std::move(plan), now_us, index);
}

void AuthlogGenerator::Engine::connect(ConnectionPlan plan, std::int64_t now_us,
                                       std::uint32_t attack) {
  if (plan.address_is_new) ++mix.addresses;
  plan.attack = attack;
  const std::uint32_t index = connections_.take();
  Host& host = world_.hosts()[plan.host];
  connections_[index].start(std::move(plan), host, random_);
  schedule_.add(now_us, DueKind::connection, index);
}

void AuthlogGenerator::Engine::write_connection(std::uint32_t index, std::int64_t now_us,
                                                std::string& out) {
  Connection& connection = connections_[index];
  const Step step = connection.step(out, now_us, writer_, world_, random_);
  record(connection.plan(), step, now_us);
  if (!step.done) {
    schedule_.add(now_us + step.delay_us, DueKind::connection, index);
    return;
  }
  const std::uint32_t attack = connection.plan().attack;
  connections_.give_back(index);
  if (attack != no_attack) release(attack, now_us);
}

void AuthlogGenerator::Engine::write_activity(std::uint32_t index, std::int64_t now_us,
                                              std::string& out) {
  const Step step = activities_[index].step(out, now_us, writer_, world_, random_);
  if (step.done)
    activities_.give_back(index);
  else
    schedule_.add(now_us + step.delay_us, DueKind::activity, index);
}

void AuthlogGenerator::Engine::record(const ConnectionPlan& plan, const Step& step,
                                      std::int64_t now_us) {
  if (step.kind == LineKind::other) return;
  Attack* attack = plan.attack == no_attack ? nullptr : &attacks_[plan.attack];
  if (step.kind == LineKind::accepted) {
    ++mix.accepted_lines;
    if (attack != nullptr) attack->success_us = now_us;
    return;
  }
  ++mix.failure_lines;
  if (step.kind != LineKind::failure_context) ++mix.failed_lines;
  if (step.kind == LineKind::failed_password) ++mix.failed_password_lines;
  mix.attempts += step.tries;
  if (attack == nullptr) return;
  if (attack->first_us == 0) attack->first_us = now_us;
  if (step.tries > 0) attack->last_us = now_us;
  attack->attempts += step.tries;
}

void AuthlogGenerator::Engine::release(std::uint32_t index, std::int64_t now_us) {
  Attack& attack = attacks_[index];
  --attack.connections_open;
  const std::uint32_t wanted = attack.launches + (attack.succeeds ? 1U : 0U);
  if (attack.connections_open > 0 || attack.launched < wanted) return;
  tell(attack, true);
  attack_rate_ -= rate_of(attack);
  std::erase(attacks_open_, index);
  if (attack.comes_back)  // later than any detector remembers
    schedule_.add(now_us + random_.between(75 * minute_us, 180 * minute_us), DueKind::come_back,
                  index);
  else
    attacks_.give_back(index);
}

void AuthlogGenerator::Engine::come_back(std::uint32_t index, std::int64_t now_us) {
  std::vector<base::IpAddress> from = std::move(attacks_[index].addresses);
  attacks_.give_back(index);
  auto attack = planner_.plan(AttackKind::fast_guessing, now_us, estimated_end_us(now_us),
                              options_.rate_lines_per_second * 60ULL, std::move(from));
  if (!attack) return;
  attack->is_return = true;
  start_attack(std::move(*attack), now_us);
}

void AuthlogGenerator::Engine::tell(const Attack& attack, bool complete) {
  for (const PlannedAlert& alert : alerts_of(attack, world_, complete)) {
    if (alert.rule == "brute_force") ++mix.brute_force;
    if (alert.rule == "password_spray") ++mix.password_spray;
    if (alert.rule == "brute_force_user") ++mix.brute_force_user;
    if (alert.rule == "brute_force_network") ++mix.brute_force_network;
    if (alert.rule == "success_after_failures") ++mix.success_after_failures;
    if (on_alert) on_alert(alert);
  }
}

void AuthlogGenerator::Engine::finish() {
  if (finished_) return;
  finished_ = true;
  for (const std::uint32_t index : attacks_open_) tell(attacks_[index], false);
  attacks_open_.clear();
}

AuthlogGenerator::AuthlogGenerator(const AuthlogOptions& options)
    : engine_(std::make_unique<Engine>(options)) {}
AuthlogGenerator::~AuthlogGenerator() = default;
AuthlogGenerator::AuthlogGenerator(AuthlogGenerator&&) noexcept = default;
AuthlogGenerator& AuthlogGenerator::operator=(AuthlogGenerator&&) noexcept = default;

void AuthlogGenerator::on_alert(std::function<void(const PlannedAlert&)> callback) {
  engine_->on_alert = std::move(callback);
}

std::optional<base::Timestamp> AuthlogGenerator::append_line(std::string& out) {
  return engine_->append_line(out);
}

void AuthlogGenerator::finish() {
  engine_->finish();
}

const Mix& AuthlogGenerator::mix() const {
  return engine_->mix;
}

base::Result<Mix> write_authlog(const AuthlogOptions& options, const TextSink& log,
                                const TextSink& truth) {
  VEDETTE_TRY_VOID(check(options));
  if (options.lines_max == 0 && options.bytes_max == 0 && options.duration.ticks == 0)
    return base::failure(base::ErrorCode::invalid_argument,
                         "say where the log ends: a size, a number of lines or a duration");
  AuthlogGenerator generator(options);
  std::string alerts;
  generator.on_alert([&](const PlannedAlert& alert) { alerts += format_truth(alert); });
  std::string piece;
  piece.reserve(piece_bytes + base::limits::line_bytes_max / 64);
  while (generator.append_line(piece)) {
    if (piece.size() < piece_bytes) continue;
    VEDETTE_TRY_VOID(log(piece));
    piece.clear();
    if (!alerts.empty()) VEDETTE_TRY_VOID(truth(std::exchange(alerts, {})));
  }
  VEDETTE_TRY_VOID(log(piece));
  VEDETTE_TRY_VOID(truth(alerts + format_truth(generator.mix())));
  return generator.mix();
}

}  // namespace vedette::simulate
