// Paths in graphs. Nodes and edges are known here by the places of their rows; ids are text. A
// match is an array with a place for each element of the pattern, or [[edges],[nodes between]] for
// a path of edges.
#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

constexpr std::size_t steps_max = 50'000'000;  // edges looked at
constexpr std::size_t matches_max = 1'048'576;
constexpr std::size_t walk_edges_max = 4'000'000;  // remembered at a time: 64 MB

struct Edge {
  std::size_t source = 0, target = 0;
};
struct Paths {
  std::size_t nodes = 0;
  std::vector<Edge> edges;
  std::vector<std::vector<std::size_t>> out, in;  // edges of each node
};

Paths read_graph(std::string_view ids, std::string_view ends) {
  Paths graph;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const std::string_view id : native::elements_of(ids)) places.try_emplace(id, graph.nodes++);
  graph.out.resize(graph.nodes);
  graph.in.resize(graph.nodes);
  for (const std::string_view pair : native::elements_of(ends)) {
    const auto parts = native::elements_of(pair);
    Edge edge{graph.nodes, graph.nodes};
    if (parts.size() == 2) {
      const auto source = places.find(parts[0]), target = places.find(parts[1]);
      if (source != places.end() && target != places.end()) {
        edge = {source->second, target->second};
        graph.out[edge.source].push_back(graph.edges.size());
        graph.in[edge.target].push_back(graph.edges.size());
      }
    }
    graph.edges.push_back(edge);
  }
  return graph;
}

struct Hop {
  std::size_t place = 0;
  int direction = 1;
  std::size_t least = 1, most = 1;
  bool variable = false;
  std::size_t to = 0;  // the place of the node behind it
};
struct Chain {
  std::size_t first = 0;
  std::vector<Hop> hops;
};

std::size_t number_of(std::string_view json) {
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(native::integer_of(json).value_or(0), 0, 1'000'000));
}

class Search {
 public:
  Search(const Paths& graph, std::string_view options, std::vector<std::string>& lines)
      : graph_(graph), lines_(lines) {
    const auto cycles = native::find_member(options, "cycles");
    if (cycles && native::unescaped(*cycles) == "none") no_cycles_ = true;
    if (cycles && native::unescaped(*cycles) == "all") repeats_ = true;
    std::size_t places = 0;
    for (const std::string_view pattern :
         native::elements_of(native::find_member(options, "patterns").value_or("[]"))) {
      const auto parts = native::elements_of(pattern);
      if (parts.empty()) continue;
      Chain chain;
      chain.first = number_of(parts[0]);
      places = std::max(places, chain.first + 1);
      for (std::size_t i = 1; i + 1 < parts.size(); i += 2) {
        const auto words = native::elements_of(parts[i]);
        if (words.size() != 5) continue;
        Hop hop;
        hop.place = number_of(words[0]);
        hop.direction = static_cast<int>(native::integer_of(words[1]).value_or(1));
        hop.least = number_of(words[2]);
        hop.most = number_of(words[3]);
        hop.variable = words[4] == "1";
        hop.to = number_of(parts[i + 1]);
        places = std::max({places, hop.place + 1, hop.to + 1});
        chain.hops.push_back(hop);
      }
      chains_.push_back(std::move(chain));
    }
    values_.resize(places);
    bound_.assign(places, graph.nodes);
    edge_used_.assign(graph.edges.size(), 0);
    node_used_.assign(graph.nodes, 0);
  }

  bool run() {
    chain(0);
    return steps_ <= steps_max && lines_.size() <= matches_max;
  }

  // The shortest paths from every node (or one of them for each pair). `inner`: for each node
  // whether a path may lead through it; empty: through all of them.
  bool run_shortest(bool all, std::string_view inner) {
    if (chains_.empty() || chains_[0].hops.size() != 1) return true;
    for (const std::string_view flag : native::elements_of(inner)) inner_.push_back(flag == "1");
    inner_.resize(graph_.nodes, inner.empty());
    const Hop& hop = chains_[0].hops[0];
    for (std::size_t from = 0; from < graph_.nodes; ++from) shortest_from(from, hop, all);
    return steps_ <= steps_max && lines_.size() <= matches_max;
  }

 private:
  [[nodiscard]] bool stopped() const { return steps_ > steps_max || lines_.size() > matches_max; }

  template <typename Take>
  void each_edge(std::size_t node, int direction, Take take) {
    if (direction >= 0)
      for (const std::size_t edge : graph_.out[node]) take(edge, graph_.edges[edge].target);
    if (direction <= 0)
      for (const std::size_t edge : graph_.in[node]) take(edge, graph_.edges[edge].source);
  }

  // A place of a node: free, or the same node as before.
  template <typename Then>
  void at_node(std::size_t place, std::size_t node, Then then) {
    if (bound_[place] != graph_.nodes) {
      if (bound_[place] == node) then();
      return;
    }
    if (no_cycles_ && node_used_[node] > 0) return;
    bound_[place] = node;
    ++node_used_[node];
    values_[place] = std::to_string(node);
    then();
    --node_used_[node];
    bound_[place] = graph_.nodes;
  }

  void chain(std::size_t number) {
    if (stopped()) return;
    if (number == chains_.size()) {
      std::string line = "[";
      for (std::size_t i = 0; i < values_.size(); ++i) {
        if (i > 0) line += ',';
        line += values_[i];
      }
      lines_.push_back(line + "]");
      return;
    }
    const std::size_t place = chains_[number].first;
    if (bound_[place] != graph_.nodes) return hop(number, 0, bound_[place]);
    for (std::size_t node = 0; node < graph_.nodes; ++node)
      at_node(place, node, [&] { hop(number, 0, node); });
  }

  void hop(std::size_t number, std::size_t index, std::size_t node) {
    if (index == chains_[number].hops.size()) return chain(number + 1);
    const Hop& one = chains_[number].hops[index];
    std::vector<std::size_t> edges, between;
    walk(number, index, one, node, edges, between);
  }

  void walk(std::size_t number, std::size_t index, const Hop& one, std::size_t node,
            std::vector<std::size_t>& edges, std::vector<std::size_t>& between) {
    if (++steps_ > steps_max || stopped()) return;
    if (edges.size() >= one.least) {
      values_[one.place] = one.variable ? path_text(edges, between) : std::to_string(edges[0]);
      at_node(one.to, node, [&] { hop(number, index + 1, node); });
    }
    if (edges.size() >= one.most) return;
    each_edge(node, one.direction, [&](std::size_t edge, std::size_t next) {
      if (!repeats_ && edge_used_[edge] > 0) return;
      const bool inner = !edges.empty();
      if (inner && no_cycles_ && node_used_[node] > 0) return;
      ++edge_used_[edge];
      edges.push_back(edge);
      if (inner) between.push_back(node);
      if (inner) ++node_used_[node];
      walk(number, index, one, next, edges, between);
      if (inner) --node_used_[node];
      if (inner) between.pop_back();
      edges.pop_back();
      --edge_used_[edge];
    });
  }

  static std::string path_text(const std::vector<std::size_t>& edges,
                               const std::vector<std::size_t>& between) {
    return fmt::format("[[{}],[{}]]", fmt::join(edges, ","), fmt::join(between, ","));
  }

  // The paths that are wanted: all of one length, or one.
  struct Wanted {
    std::size_t from = 0, to = 0;
    bool all = false;
    std::size_t lines_before = 0;
  };
  using Ways = std::vector<std::pair<std::size_t, std::size_t>>;  // the edge, where it began
  // Where a path must have several edges, the shortest that has so many may come past a node twice:
  // walks of each length, of which those count that use no edge twice.
  void shortest_walks_from(std::size_t from, const Hop& hop, bool all) {
    std::vector<std::unordered_map<std::size_t, Ways>> walks(1);
    walks[0][from] = {};
    std::size_t remembered = 0;
    for (std::size_t length = 1; length <= hop.most && !walks.back().empty(); ++length) {
      walks.emplace_back();
      for (const auto& [node, ways] : walks[length - 1]) {
        if (length > 1 && !inner_[node]) continue;
        const std::size_t begin = node;
        each_edge(begin, hop.direction, [&](std::size_t edge, std::size_t next) {
          ++steps_;
          if (++remembered > walk_edges_max) steps_ = steps_max + 1;
          if (!stopped()) walks[length][next].emplace_back(edge, begin);
        });
        if (stopped()) return;
      }
    }
    for (std::size_t to = 0; to < graph_.nodes; ++to) {
      const std::size_t lines_before = lines_.size();
      std::vector<std::size_t> edges, between;
      for (std::size_t length = hop.least; length < walks.size() && to != from; ++length) {
        walk_back({from, to, all, lines_before}, to, length, walks, edges, between);
        if (lines_.size() > lines_before || stopped()) break;
      }
    }
  }
  void walk_back(const Wanted& wanted, std::size_t node, std::size_t length,
                 const std::vector<std::unordered_map<std::size_t, Ways>>& walks,
                 std::vector<std::size_t>& edges, std::vector<std::size_t>& between) {
    if (++steps_ > steps_max || stopped()) return;
    if (!wanted.all && lines_.size() > wanted.lines_before) return;
    if (length == 0)
      return add_path(wanted.from, {edges.rbegin(), edges.rend()},
                      {between.rbegin(), between.rend()}, wanted.to);
    const auto ways = walks[length].find(node);
    if (ways == walks[length].end()) return;
    for (const auto& [edge, previous] : ways->second) {
      if (!repeats_ && std::ranges::find(edges, edge) != edges.end()) continue;
      edges.push_back(edge);
      if (length > 1) between.push_back(previous);
      walk_back(wanted, previous, length - 1, walks, edges, between);
      if (length > 1) between.pop_back();
      edges.pop_back();
    }
  }

  void shortest_from(std::size_t from, const Hop& hop, bool all) {
    if (hop.least > 1) return shortest_walks_from(from, hop, all);
    std::vector<std::size_t> distance(graph_.nodes, graph_.edges.size() + 1);
    std::vector<std::vector<std::pair<std::size_t, std::size_t>>> before(graph_.nodes);
    std::vector<std::size_t> level{from};
    distance[from] = 0;
    for (std::size_t length = 1; length <= hop.most && !level.empty(); ++length) {
      std::vector<std::size_t> next_level;
      for (const std::size_t node : level) {
        if (node != from && !inner_[node]) continue;
        each_edge(node, hop.direction, [&](std::size_t edge, std::size_t next) {
          ++steps_;
          if (distance[next] < length || (distance[next] == length && !all)) return;
          if (distance[next] > length) next_level.push_back(next);
          distance[next] = length;
          before[next].emplace_back(edge, node);
        });
      }
      if (stopped()) return;
      level = std::move(next_level);
    }
    if (hop.least == 0) add_path(from, {}, {}, from);
    for (std::size_t to = 0; to < graph_.nodes && !stopped(); ++to) {
      if (to == from || before[to].empty() || distance[to] < hop.least) continue;
      std::vector<std::size_t> edges, between;
      back(from, to, to, before, edges, between);
    }
  }
  void add_path(std::size_t from, const std::vector<std::size_t>& edges,
                const std::vector<std::size_t>& between, std::size_t to) {
    values_[chains_[0].first] = std::to_string(from);
    values_[chains_[0].hops[0].place] = path_text(edges, between);
    values_[chains_[0].hops[0].to] = std::to_string(to);
    lines_.push_back(fmt::format("[{}]", fmt::join(values_, ",")));
  }
  // The paths that end here, from their end to their beginning.
  void back(std::size_t from, std::size_t to, std::size_t node,
            const std::vector<std::vector<std::pair<std::size_t, std::size_t>>>& before,
            std::vector<std::size_t>& edges, std::vector<std::size_t>& between) {
    if (node == from) {
      return add_path(from, {edges.rbegin(), edges.rend()}, {between.rbegin(), between.rend()}, to);
    }
    for (const auto& [edge, previous] : before[node]) {
      if (stopped()) return;
      edges.push_back(edge);
      const bool inner = previous != from;
      if (inner) between.push_back(previous);
      back(from, to, previous, before, edges, between);
      if (inner) between.pop_back();
      edges.pop_back();
    }
  }

  const Paths& graph_;
  std::vector<std::string>& lines_;
  std::vector<Chain> chains_;
  std::vector<std::string> values_;
  std::vector<std::size_t> bound_, edge_used_, node_used_;
  std::vector<bool> inner_;
  bool no_cycles_ = false, repeats_ = false;
  std::size_t steps_ = 0;
};

void matches(Call& call) {
  const Paths graph = read_graph(call.text(0), call.text(1));
  const auto flag = [&](std::string_view name) {
    return native::find_member(call.text(2), name).value_or("false") == "true";
  };
  Search search(graph, call.text(2), call.give_list());
  const bool done =
      flag("shortest") ? search.run_shortest(flag("all"), call.text(3)) : search.run();
  if (!done)
    call.fail("the pattern has more than 1,048,576 matches, or takes more than 50,000,000 steps");
}

// The nodes in the order in which a walk along the edges leaves them.
std::vector<std::size_t> left_order(const Paths& graph) {
  std::vector<std::size_t> order;
  std::vector<std::size_t> next(graph.nodes, 0);  // which edge of a node is looked at
  std::vector<bool> seen(graph.nodes, false);
  for (std::size_t first = 0; first < graph.nodes; ++first) {
    if (seen[first]) continue;
    std::vector<std::size_t> open{first};
    seen[first] = true;
    while (!open.empty()) {
      const std::size_t node = open.back();
      if (next[node] == graph.out[node].size()) {
        order.push_back(node);
        open.pop_back();
        continue;
      }
      const std::size_t to = graph.edges[graph.out[node][next[node]++]].target;
      if (seen[to]) continue;
      seen[to] = true;
      open.push_back(to);
    }
  }
  return order;
}

// The component of each node, by any number. Strong ones by Kosaraju's way: backwards from the node
// that was left last.
std::vector<std::size_t> components_of(const Paths& graph, bool strong) {
  std::vector<std::size_t> part(graph.nodes, graph.nodes);
  std::vector<std::size_t> order;
  if (strong) {
    order = left_order(graph);
    std::ranges::reverse(order);
  } else {
    for (std::size_t node = 0; node < graph.nodes; ++node) order.push_back(node);
  }
  for (const std::size_t first : order) {
    if (part[first] != graph.nodes) continue;
    std::vector<std::size_t> open{first};
    part[first] = first;
    while (!open.empty()) {
      const std::size_t node = open.back();
      open.pop_back();
      const auto reach = [&](std::size_t next) {
        if (part[next] != graph.nodes) return;
        part[next] = first;
        open.push_back(next);
      };
      if (!strong)
        for (const std::size_t edge : graph.out[node]) reach(graph.edges[edge].target);
      for (const std::size_t edge : graph.in[node]) reach(graph.edges[edge].source);
    }
  }
  return part;
}

// What an id is parted by: "3:abcREST" (Binder::node_key).
std::string partition_of(std::string_view json) {
  const std::string id = native::unescaped(json);
  const std::size_t colon = id.find(':');
  if (colon == std::string::npos) return {};
  std::size_t characters = number_of(std::string_view(id).substr(0, colon));
  std::size_t end = colon + 1;
  const auto continues = [&](std::size_t at) {
    return at < id.size() && (static_cast<unsigned char>(id[at]) & 0xC0U) == 0x80U;
  };
  for (; characters > 0 && end < id.size(); --characters)
    for (++end; continues(end);) ++end;
  return id.substr(0, end);
}

// Numbered from 0 in the order of the nodes, in each part of the graph by itself.
void components(Call& call) {
  const auto flag = [&](std::string_view name) {
    return native::find_member(call.text(2), name).value_or("false") == "true";
  };
  const Paths graph = read_graph(call.text(0), call.text(1));
  const std::vector<std::size_t> part = components_of(graph, flag("strong"));
  const auto ids = native::elements_of(call.text(0));
  const bool partitioned = flag("partitioned");
  std::unordered_map<std::string, std::size_t> next;  // of each part of the graph
  std::unordered_map<std::size_t, std::size_t> numbers;
  for (std::size_t node = 0; node < part.size(); ++node) {
    const auto found = numbers.find(part[node]);
    std::size_t number = 0;
    if (found != numbers.end()) {
      number = found->second;
    } else {
      number = next[partitioned ? partition_of(ids[node]) : std::string()]++;
      numbers.emplace(part[node], number);
    }
    call.give_list().push_back(std::to_string(number));
  }
}

constexpr Function sql(std::string_view name, std::string_view text) {
  return {.name = name, .duckdb = text, .use = Use::internal};
}

constexpr Function rows[] = {
    {.name = "graph_matches",
     .parameters = "dynamic, dynamic, string, string",
     .result = "list",
     .body = matches,
     .use = Use::internal},
    {.name = "graph_components",
     .parameters = "dynamic, dynamic, string",
     .result = "list",
     .body = components,
     .use = Use::internal},
    sql("partitioned_key", "(length(coalesce($1, '')) || ':' || coalesce($1, '') || $2)"),
    sql("unpartitioned_key",
        "substr($1, instr($1, ':') + 1 + CAST(split_part($1, ':', 1) AS BIGINT))"),
    sql("struct_list", "list({$S}$O)"),
    sql("least_of", "min($1)"),
    sql("any_text", "coalesce(any_value(nullif($1, '')), '')"),
    sql("list_ids", "('[' || array_to_string(list_transform($1, lambda x: x.f1), ',') || ']')"),
    sql("list_flags",
        "('[' || array_to_string(list_transform($1, lambda x: CASE WHEN struct_extract(x, $2) THEN "
        "'1' ELSE '0' END), ',') || ']')"),
    sql("list_ends",
        "('[' || array_to_string(list_transform($1, lambda x: '[' || x.f1 || ',' || x.f2 || ']'), "
        "',') || ']')"),
    sql("list_field", "struct_extract($1[$2 + 1], $3)"),
    sql("element_place", "kql_dynamic_to_long(kql_element($1, $2))"),
    sql("element_text", "kql_element(kql_element($1, $2), $3)"),
    sql("map_path",
        "('[' || array_to_string(list_transform(CAST($1 AS BIGINT[]), lambda i: "
        "coalesce(struct_extract($2[i + 1], $3), 'null')), ',') || ']')"),
    sql("all_of_path",
        "coalesce(list_aggregate(list_transform(CAST($1 AS BIGINT[]), lambda i: "
        "coalesce(struct_extract($2[i + 1], $3), false)), 'bool_and'), true)"),
    sql("any_of_path",
        "coalesce(list_aggregate(list_transform(CAST($1 AS BIGINT[]), lambda i: "
        "coalesce(struct_extract($2[i + 1], $3), false)), 'bool_or'), false)"),
};

}  // namespace

std::span<const Function> graph_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
