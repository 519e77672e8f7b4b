// What goes over the rows of a table one by one, in their order: scan and row_window_session. The
// rows come as one JSON array; each line that is given back names the row it belongs to:
// "12 [values]" (plan.h, SequenceNode).
#include <cstdint>
#include <limits>
#include <map>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"
#include "kql/sequence/program.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using sequence::Program;
using State = Program::State;

enum class Output : std::uint8_t { all, last, none };

struct Step {
  std::optional<Program> condition;
  Output output = Output::all;
  bool optional = false;                                  // a sequence may come past it
  std::vector<std::pair<std::size_t, Program>> assigned;  // slot, value
  std::vector<std::pair<std::size_t, std::size_t>> kept;  // slot, cell of the row
};
// A sequence that has come as far as some step: what it remembers of each step, and its number.
struct Sequence {
  bool active = false;
  std::int64_t number = 0;
  State state;
  std::optional<std::string> pending;  // output=last: the row to show when the series ends
};

std::size_t index_of(std::string_view json) {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, native::integer_of(json).value_or(0)));
}

class Scan {
 public:
  // {"declared":[[type,default],...],"slots":n,"cells":[type,...],"steps":[[condition,output,
  // [[slot,value],...],[[slot,cell],...],is optional],...],"partition":cell}. The rows of one
  // partition stand together; sequences do not go from one into the next.
  bool read(std::string_view text) {
    const auto declared = native::find_member(text, "declared");
    const auto slots = native::find_member(text, "slots");
    const auto cells = native::find_member(text, "cells");
    const auto steps = native::find_member(text, "steps");
    if (!declared || !slots || !cells || !steps) return false;
    for (const std::string_view one : native::elements_of(*declared)) {
      const auto parts = native::elements_of(one);
      if (parts.size() != 2) return false;
      defaults_.push_back(sequence::from_raw_json(parts[1], static_cast<Type>(index_of(parts[0]))));
    }
    slots_ = index_of(*slots);
    for (const std::string_view type : native::elements_of(*cells))
      types_.push_back(static_cast<Type>(index_of(type)));
    for (const std::string_view one : native::elements_of(*steps))
      if (!read_step(one)) return false;
    if (const auto partition = native::find_member(text, "partition"))
      partition_ = index_of(*partition);
    begin();
    return !steps_.empty();
  }

  void row(std::size_t place, std::string_view json) {
    place_ = place;
    const auto texts = native::elements_of(json);
    if (partition_ && *partition_ < texts.size() && texts[*partition_] != partition_value_) {
      finish();
      begin();
      partition_value_ = texts[*partition_];
    }
    cells_.clear();
    for (std::size_t i = 0; i < types_.size(); ++i)
      cells_.push_back(sequence::from_raw_json(i < texts.size() ? texts[i] : "null", types_[i]));
    for (std::size_t step = steps_.size(); step-- > 0;) try_step(step);
  }
  void finish() {
    for (Sequence& one : sequences_) flush(one);
  }
  std::vector<std::string> lines;

 private:
  void begin() {
    sequences_.assign(steps_.size(), Sequence{});
    for (Sequence& one : sequences_) one.state = empty_state();
  }

  bool read_step(std::string_view json) {
    const auto parts = native::elements_of(json);
    if (parts.size() != 5) return false;
    Step step;
    step.optional = parts[4] == "1";
    step.condition = Program::read(parts[0]);
    if (!step.condition) return false;
    step.output = static_cast<Output>(std::min<std::size_t>(index_of(parts[1]), 2));
    for (const std::string_view one : native::elements_of(parts[2])) {
      const auto pair = native::elements_of(one);
      auto value = pair.size() == 2 ? Program::read(pair[1]) : std::nullopt;
      if (!value || index_of(pair[0]) >= defaults_.size()) return false;
      step.assigned.emplace_back(index_of(pair[0]), std::move(*value));
    }
    for (const std::string_view one : native::elements_of(parts[3])) {
      const auto pair = native::elements_of(one);
      if (pair.size() != 2 || index_of(pair[0]) >= slots_) return false;
      step.kept.emplace_back(index_of(pair[0]), index_of(pair[1]));
    }
    steps_.push_back(std::move(step));
    return true;
  }

  [[nodiscard]] std::vector<Constant> empty_slots() const {
    std::vector<Constant> slots = defaults_;
    Constant nothing;
    nothing.is_null = true;
    slots.resize(slots_, nothing);
    return slots;
  }
  [[nodiscard]] State empty_state() const { return State(steps_.size(), empty_slots()); }

  [[nodiscard]] bool holds(const Step& step, const State& state) const {
    const Constant value = step.condition->run(cells_, state);
    return !value.is_null && value.boolean;
  }

  // First whether the sequence of the step before comes on to this one (or, past optional steps,
  // that of one further back), then whether this one's own goes on (Microsoft's "check 1" and
  // "check 2").
  void try_step(std::size_t number) {
    const Step& step = steps_[number];
    Sequence& own = sequences_[number];
    bool may_begin = true;
    for (std::size_t at = number; at > 0; --at) {
      Sequence& before = sequences_[at - 1];
      if (before.active && holds(step, before.state)) {
        flush(before);
        flush(own);
        own = before;
        before = Sequence{};
        before.state = empty_state();
        take(number, step, own);
        return;
      }
      may_begin = may_begin && steps_[at - 1].optional;
      if (!steps_[at - 1].optional) break;
    }
    if ((!own.active && !may_begin) || !holds(step, own.state)) return;
    if (!own.active) {
      own.active = true;
      own.number = next_number_++;
    }
    take(number, step, own);
  }

  void take(std::size_t number, const Step& step, Sequence& own) {
    std::vector<Constant> slots = empty_slots();
    for (const auto& [slot, value] : step.assigned) slots[slot] = value.run(cells_, own.state);
    std::string line = fmt::format("{} [{}", place_, own.number);
    for (std::size_t i = 0; i < defaults_.size(); ++i) line += "," + sequence::raw_json(slots[i]);
    line += "]";
    for (const auto& [slot, cell] : step.kept)
      if (cell < cells_.size()) slots[slot] = cells_[cell];
    own.state[number] = std::move(slots);
    if (step.output == Output::all)
      lines.push_back(std::move(line));
    else if (step.output == Output::last)
      own.pending = std::move(line);
  }
  void flush(Sequence& sequence) {
    if (sequence.pending) lines.push_back(std::move(*sequence.pending));
    sequence.pending.reset();
  }

  std::vector<Step> steps_;
  std::vector<Constant> defaults_;
  std::vector<Type> types_;
  std::size_t slots_ = 0;
  std::vector<Sequence> sequences_;
  std::vector<Constant> cells_;
  std::optional<std::size_t> partition_;  // the cell with what the rows are parted by
  std::string partition_value_;
  std::size_t place_ = 0;
  std::int64_t next_number_ = 0;
};

bool too_many(Call& call, std::size_t rows) {
  if (rows <= static_cast<std::size_t>(base::limits::array_elements_max)) return false;
  call.fail("more than 1,048,576 rows would have to be gone over one by one");
  return true;
}

void scan(Call& call) {
  Scan work;
  if (!work.read(call.text(1))) return call.fail("the steps of scan could not be read");
  const auto rows = native::elements_of(call.text(0));
  if (too_many(call, rows.size())) return;
  for (std::size_t i = 0; i < rows.size(); ++i) work.row(i, rows[i]);
  work.finish();
  call.give_list() = std::move(work.lines);
}

// Rows [value, longest from the first, longest from the neighbour, restart]: where each session
// began.
void window_session(Call& call) {
  const auto rows = native::elements_of(call.text(0));
  if (too_many(call, rows.size())) return;
  std::vector<std::string>& lines = call.give_list();
  bool open = false;  // a session has begun
  std::int64_t first = 0, last = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto parts = native::elements_of(rows[i]);
    if (parts.size() != 4) continue;
    const auto value = native::integer_of(parts[0]);
    if (!value) {
      open = false;
      lines.push_back(fmt::format("{} [null]", i));
      continue;
    }
    constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
    const bool restart = parts[3] == "true";
    const bool far = *value - first > native::integer_of(parts[1]).value_or(no_limit) ||
                     *value - last > native::integer_of(parts[2]).value_or(no_limit);
    if (!open || restart || far) first = *value;
    open = true;
    last = *value;
    lines.push_back(fmt::format("{} [{}]", i, first));
  }
}

constexpr Function inner(std::string_view name, native::Body run) {
  return {.name = name,
          .parameters = "string, string",
          .result = "list",
          .body = run,
          .use = Use::internal};
}

constexpr Function rows[] = {
    inner("scan_rows", scan),
    inner("session_rows", window_session),
};

}  // namespace

std::span<const Function> sequence_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
