// Functions on dynamic arrays and sets, and what mv-expand and make_list need.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;
using native::JsonKind;
using Elements = std::vector<std::string_view>;

bool is_array(std::string_view json) {
  return native::kind_of(json) == JsonKind::array;
}

void give_array(Call& call, const Elements& elements) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::string_view element : elements) out.value(element);
  out.close(']');
}

void length(Call& call) {
  if (is_array(call.text(0)))
    call.give_integer(static_cast<std::int64_t>(native::count_elements(call.text(0))));
}
void concat(Call& call) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 0; i < call.size(); ++i)
    for (const std::string_view element : native::elements_of(call.text(i))) {
      // make_list of arrays is an array of arrays: one level is taken away when it is the only
      // argument.
      if (call.size() == 1 && is_array(element)) {
        for (const std::string_view inner : native::elements_of(element)) out.value(inner);
      } else {
        out.value(element);
      }
    }
  out.close(']');
}
void pack_array(Call& call) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 0; i < call.size(); ++i) out.value(call.is_null(i) ? "null" : call.text(i));
  out.close(']');
}
// One array of all words: elements of arrays and single values.
void flatten(Call& call) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call.is_null(i)) continue;
    if (!is_array(call.text(i))) {
      out.value(call.text(i));
      continue;
    }
    for (const std::string_view element : native::elements_of(call.text(i))) out.value(element);
  }
  out.close(']');
}

// array_slice(a, start, end): both ends included, negative ones from the end.
void slice(Call& call) {
  if (!is_array(call.text(0))) return;
  const Elements elements = native::elements_of(call.text(0));
  const auto size = static_cast<std::int64_t>(elements.size());
  std::int64_t start = call.integer(1), end = call.integer(2);
  if (start < 0) start = std::max<std::int64_t>(0, start + size);
  if (end < 0) end += size;
  end = std::min(end, size - 1);
  Elements part;
  for (std::int64_t i = start; i <= end; ++i) part.push_back(elements[static_cast<std::size_t>(i)]);
  give_array(call, part);
}
void split_array(Call& call) {
  if (!is_array(call.text(0))) return;
  const Elements elements = native::elements_of(call.text(0));
  const auto size = static_cast<std::int64_t>(elements.size());
  std::vector<std::int64_t> places;
  const Elements wanted =
      is_array(call.text(1)) ? native::elements_of(call.text(1)) : Elements{call.text(1)};
  for (const std::string_view one : wanted) {
    std::int64_t place = native::integer_of(one).value_or(0);
    if (place < 0) place += size;
    places.push_back(std::clamp<std::int64_t>(place, 0, size));
  }
  std::sort(places.begin(), places.end());
  places.push_back(size);
  JsonBuilder out(call.give_text());
  out.open('[');
  std::int64_t at = 0;
  for (const std::int64_t place : places) {
    std::string inner;
    JsonBuilder list(inner);
    list.open('[');
    for (; at < place; ++at) list.value(elements[static_cast<std::size_t>(at)]);
    list.close(']');
    out.value(inner);
  }
  out.close(']');
}
void reverse(Call& call) {
  if (!is_array(call.text(0))) return;
  Elements elements = native::elements_of(call.text(0));
  std::reverse(elements.begin(), elements.end());
  give_array(call, elements);
}
void rotate(Call& call, std::int64_t by) {
  if (!is_array(call.text(0))) return;
  Elements elements = native::elements_of(call.text(0));
  if (!elements.empty()) {
    const auto size = static_cast<std::int64_t>(elements.size());
    std::rotate(elements.begin(), elements.begin() + ((by % size) + size) % size, elements.end());
  }
  give_array(call, elements);
}
void rotate_left(Call& call) {
  rotate(call, call.integer(1));
}
void rotate_right(Call& call) {
  rotate(call, -(call.integer(1) % 1'000'000'007));
}
void shift(Call& call, std::int64_t by) {
  if (!is_array(call.text(0))) return;
  const Elements elements = native::elements_of(call.text(0));
  const auto size = static_cast<std::int64_t>(elements.size());
  const bool texts = std::ranges::all_of(elements, [](std::string_view element) {
    return native::kind_of(element) == JsonKind::string;
  });
  const std::string_view filler = !call.is_null(2) ? call.text(2) : texts ? "\"\"" : "null";
  Elements moved;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t from = i + by;
    moved.push_back(from >= 0 && from < size ? elements[static_cast<std::size_t>(from)] : filler);
  }
  give_array(call, moved);
}
void shift_left(Call& call) {
  if (!call.is_null(0))
    shift(call, std::clamp<std::int64_t>(call.integer(1), -(1LL << 40), 1LL << 40));
}
void shift_right(Call& call) {
  if (!call.is_null(0))
    shift(call, -std::clamp<std::int64_t>(call.integer(1), -(1LL << 40), 1LL << 40));
}

// array_index_of(a, value, start, length, occurrence)
void index_of(Call& call) {
  if (!is_array(call.text(0))) return;
  const Elements elements = native::elements_of(call.text(0));
  const auto size = static_cast<std::int64_t>(elements.size());
  std::int64_t start = call.integer(2, 0);
  if (start < 0) start = std::max<std::int64_t>(0, start + size);
  const std::int64_t length = call.integer(3, -1);
  std::int64_t occurrence = call.integer(4, 1);
  if (length < -1 || occurrence < 1) return;
  const std::int64_t end = length < 0 ? size : std::min(size, start + length);
  for (std::int64_t i = start; i < end; ++i)
    if (elements[static_cast<std::size_t>(i)] == call.text(1) && --occurrence == 0)
      return call.give_integer(i);
  call.give_integer(-1);
}

void array_iff(Call& call) {
  const Elements conditions = native::elements_of(call.text(0));
  const auto value_at = [&](std::size_t argument, std::size_t i) -> std::string_view {
    if (!is_array(call.text(argument)))
      return call.is_null(argument) ? "null" : call.text(argument);
    const auto found = native::element_at(call.text(argument), static_cast<std::int64_t>(i));
    return found ? *found : "null";
  };
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string_view condition = conditions[i];
    const bool known = condition == "true" || condition == "false" ||
                       native::kind_of(condition) == JsonKind::integer;
    out.value(!known ? "null" : value_at(condition == "false" || condition == "0" ? 2 : 1, i));
  }
  out.close(']');
}

void sum(Call& call) {
  if (!is_array(call.text(0))) return;
  double total = 0;
  for (const std::string_view element : native::elements_of(call.text(0))) {
    if (native::is_json_null(element)) continue;
    // A real that is not finite is a string in JSON; of anything else that is no number there is
    // no sum.
    const JsonKind kind = native::kind_of(element);
    const auto number = native::number_of(element);
    const bool numeric = kind == JsonKind::integer || kind == JsonKind::real ||
                         (kind == JsonKind::string && number && !std::isfinite(*number));
    if (!numeric || !number) return;
    total += *number;
  }
  call.give_real(total);
}

int rank_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::integer:
    case JsonKind::real:
      return 0;
    case JsonKind::string:
      return 1;
    case JsonKind::boolean:
      return 2;
    default:
      return 3;
  }
}
bool before(std::string_view a, std::string_view b) {
  const JsonKind x = native::kind_of(a), y = native::kind_of(b);
  if (rank_of(x) != rank_of(y)) return rank_of(x) < rank_of(y);
  if (rank_of(x) == 0) return native::number_of(a).value_or(0) < native::number_of(b).value_or(0);
  if (x == JsonKind::string) return native::unescaped(a) < native::unescaped(b);
  return a < b;
}

// array_sort_asc(a, b, ...): the others follow the first. Nulls last, unless the last argument is
// false.
void sort_arrays(Call& call, bool ascending) {
  std::size_t count = call.size();
  bool nulls_last = true;
  if (count > 1 && native::kind_of(call.text(count - 1)) == JsonKind::boolean)
    nulls_last = call.text(--count) != "false";
  const Elements first = native::elements_of(call.text(0));
  std::vector<std::size_t> order(first.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  // Equal elements keep their order. (std::stable_sort warns under clang with this library.)
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    const bool a_null = native::is_json_null(first[x]), b_null = native::is_json_null(first[y]);
    if (a_null != b_null) return a_null != nulls_last;
    if (a_null) return x < y;
    const int rank_x = rank_of(native::kind_of(first[x])),
              rank_y = rank_of(native::kind_of(first[y]));
    if (rank_x != rank_y) return rank_x < rank_y;
    const bool less = before(first[x], first[y]), more = before(first[y], first[x]);
    if (less || more) return ascending ? less : more;
    return x < y;
  });
  std::string whole;
  JsonBuilder out(whole);
  out.open('[');
  for (std::size_t argument = 0; argument < count; ++argument) {
    const Elements elements = native::elements_of(call.text(argument));
    std::string one;
    if (argument > 0 && elements.size() != first.size()) {
      one = "null";
    } else {
      JsonBuilder list(one);
      list.open('[');
      for (const std::size_t i : order) list.value(elements[i]);
      list.close(']');
    }
    out.value(one);
    if (count == 1) return call.give_text(one);
  }
  out.close(']');
  call.give_text(whole);
}
void sort_ascending(Call& call) {
  if (is_array(call.text(0))) sort_arrays(call, true);
}
void sort_descending(Call& call) {
  if (is_array(call.text(0))) sort_arrays(call, false);
}

void set_of(Call& call, const Elements& elements,
            std::int64_t most = base::limits::array_elements_max) {
  std::unordered_set<std::string_view> seen;
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::string_view element : elements)
    if (static_cast<std::int64_t>(seen.size()) < most && seen.insert(element).second)
      out.value(element);
  out.close(']');
}
void set_union(Call& call) {
  Elements all;
  for (std::size_t i = 0; i < call.size(); ++i)
    for (const std::string_view element : native::elements_of(call.text(i))) all.push_back(element);
  set_of(call, all);
}
void set_filter(Call& call, bool keep_common) {
  Elements kept = native::elements_of(call.text(0));
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Elements other = native::elements_of(call.text(i));
    const std::unordered_set<std::string_view> members(other.begin(), other.end());
    std::erase_if(
        kept, [&](std::string_view element) { return members.contains(element) != keep_common; });
  }
  set_of(call, kept);
}
void set_intersect(Call& call) {
  set_filter(call, true);
}
void set_difference(Call& call) {
  set_filter(call, false);
}
void set_equals(Call& call) {
  if (!is_array(call.text(0)) || !is_array(call.text(1))) return;
  const Elements a = native::elements_of(call.text(0)), b = native::elements_of(call.text(1));
  call.give(std::unordered_set<std::string_view>(a.begin(), a.end()) ==
            std::unordered_set<std::string_view>(b.begin(), b.end()));
}
void set_has_element(Call& call) {
  if (!is_array(call.text(0))) return;
  for (const std::string_view element : native::elements_of(call.text(0)))
    if (element == call.text(1)) return call.give(true);
  call.give(false);
}
void jaccard(Call& call) {
  const Elements a = native::elements_of(call.text(0)), b = native::elements_of(call.text(1));
  const std::unordered_set<std::string_view> x(a.begin(), a.end()), y(b.begin(), b.end());
  std::size_t common = 0;
  for (const std::string_view element : x) common += y.contains(element) ? 1 : 0;
  const std::size_t all = x.size() + y.size() - common;
  if (all > 0)
    native::append_json_real(call.give_text(),
                             static_cast<double>(common) / static_cast<double>(all));
}
void zip(Call& call) {
  std::vector<Elements> lists;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < call.size(); ++i) {
    lists.push_back(native::elements_of(call.text(i)));
    longest = std::max(longest, lists.back().size());
  }
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 0; i < longest; ++i) {
    std::string one;
    JsonBuilder inner(one);
    inner.open('[');
    for (const Elements& list : lists) inner.value(i < list.size() ? list[i] : "null");
    inner.close(']');
    out.value(one);
  }
  out.close(']');
}
void repeat_value(Call& call) {
  if (call.integer(1) < 0) return;
  std::string& text = call.give_text();
  JsonBuilder out(text);
  out.open('[');
  for (std::int64_t i = 0; i < call.integer(1); ++i) {
    out.value(call.is_null(0) ? "null" : call.text(0));
    if (text.size() > base::limits::dynamic_bytes_max)
      return call.fail("repeat makes an array of more than 1 MB");
  }
  out.close(']');
}

// The rows that mv-expand makes of one value: none of an empty array, one of null.
void expand(Call& call, bool pairs) {
  std::vector<std::string>& list = call.give_list();
  const std::string_view json = call.text(0);
  const JsonKind kind = native::kind_of(json);
  if (kind == JsonKind::array) {
    for (const std::string_view element : native::elements_of(json)) list.emplace_back(element);
  } else if (kind == JsonKind::object) {
    for (const auto& [key, value] : native::members_of(json)) {
      std::string one = pairs ? "[" : "{";
      one += key;
      one += pairs ? ',' : ':';
      one += value;
      one += pairs ? ']' : '}';
      list.push_back(std::move(one));
    }
  } else {
    list.emplace_back(kind == JsonKind::null ? "null" : json);
  }
  if (static_cast<std::int64_t>(list.size()) > base::limits::array_elements_max)
    call.fail("mv-expand meets an array of more than 1,048,576 elements");
}
void expand_values(Call& call) {
  expand(call, false);
}
void expand_pairs(Call& call) {
  expand(call, true);
}

// make_set over arrays takes their elements; at most so many.
void make_set(Call& call) {
  Elements flat;
  const Elements elements = native::elements_of(call.text(0));
  for (const std::string_view element : elements) {
    if (is_array(element)) {
      for (const std::string_view inner : native::elements_of(element)) flat.push_back(inner);
    } else {
      flat.push_back(element);
    }
  }
  set_of(call, flat,
         std::min(call.integer(1, base::limits::array_elements_max),
                  base::limits::array_elements_max));
}
// What make_list collected. The elements of an array come one by one, as in make_set: so
// Microsoft's examples of geo_point_in_polygon and geo_polygon_to_h3cells want it.
void first_elements(Call& call) {
  Elements elements = native::elements_of(call.text(0));
  if (std::ranges::any_of(elements, is_array)) {
    Elements spliced;
    for (const std::string_view element : elements) {
      if (!is_array(element)) {
        spliced.push_back(element);
        continue;
      }
      for (const std::string_view inner : native::elements_of(element)) spliced.push_back(inner);
    }
    elements = std::move(spliced);
  }
  const std::int64_t most =
      std::min(call.integer(1, base::limits::array_elements_max), base::limits::array_elements_max);
  if (static_cast<std::int64_t>(elements.size()) > most)
    elements.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, most)));
  give_array(call, elements);
}

constexpr Function array(std::string_view name, std::string_view parameters, native::Body run,
                         std::string_view example, std::string_view gives,
                         std::uint8_t traits = plain) {
  return body_row(name, parameters, "dynamic", run, example, gives, traits);
}

constexpr Function rows[] = {
    {.name = "array_length arraylength",
     .parameters = "dynamic",
     .result = "long",
     .body = length,
     .example = "array_length(dynamic([1, 2, 3, 'four']))",
     .gives = "4"},
    array("array_concat", "dynamic*", concat, "array_concat(dynamic([1, 2]), dynamic([3]))",
          "[1,2,3]", sees_nulls),
    array("pack_array", "json*", pack_array, "pack_array(1, 'a', true)", "[1,\"a\",true]",
          sees_nulls),
    array("array_slice", "dynamic, long, long", slice,
          "array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)", "[3,4]"),
    array("array_split", "dynamic, json", split_array, "array_split(dynamic([1, 2, 3, 4, 5]), 2)",
          "[[1,2],[3,4,5]]"),
    array("array_reverse", "dynamic", reverse, "array_reverse(dynamic([1, 2]))", "[2,1]"),
    array("array_rotate_left", "dynamic, long", rotate_left,
          "array_rotate_left(dynamic([1, 2, 3]), 1)", "[2,3,1]"),
    array("array_rotate_right", "dynamic, long", rotate_right,
          "array_rotate_right(dynamic([1, 2, 3]), 1)", "[3,1,2]"),
    array("array_shift_left", "dynamic, long, json?", shift_left,
          "array_shift_left(dynamic([1, 2, 3]), 2)", "[3,null,null]", sees_nulls),
    array("array_shift_right", "dynamic, long, json?", shift_right,
          "array_shift_right(dynamic([1, 2, 3]), 2, -1)", "[-1,-1,1]", sees_nulls),
    {.name = "array_index_of",
     .parameters = "dynamic, json, long?, long?, long?",
     .result = "long",
     .body = index_of,
     .example = "array_index_of(dynamic(['a', 'b']), 'b')",
     .gives = "1",
     .traits = sees_nulls},
    array("array_iff array_iif", "dynamic, json, json", array_iff,
          "array_iff(dynamic([true, false]), dynamic([1, 2]), dynamic([3, 4]))", "[1,4]",
          sees_nulls),
    {.name = "array_sum series_sum",
     .parameters = "dynamic",
     .result = "real",
     .body = sum,
     .example = "array_sum(dynamic([1, 2, 3, 4]))",
     .gives = "10"},
    array("array_sort_asc", "json*", sort_ascending, "array_sort_asc(dynamic([3, 1, 2]))",
          "[1,2,3]"),
    array("array_sort_desc", "json*", sort_descending, "array_sort_desc(dynamic([3, 1, 2]))",
          "[3,2,1]"),
    array("set_union", "dynamic*", set_union, "set_union(dynamic([1, 2, 2]), dynamic([3]))",
          "[1,2,3]"),
    array("set_intersect", "dynamic*", set_intersect,
          "set_intersect(dynamic([1, 2, 3]), dynamic([3, 2]))", "[2,3]"),
    array("set_difference", "dynamic*", set_difference,
          "set_difference(dynamic([1, 2, 3]), dynamic([3]))", "[1,2]"),
    {.name = "set_equals",
     .parameters = "dynamic, dynamic",
     .result = "bool",
     .body = set_equals,
     .example = "set_equals(dynamic([1, 2]), dynamic([2, 1, 1]))",
     .gives = "true"},
    {.name = "set_has_element",
     .parameters = "dynamic, json",
     .result = "bool",
     .body = set_has_element,
     .example = "set_has_element(dynamic(['a', 'b']), 'b')",
     .gives = "true"},
    array("jaccard_index", "dynamic, dynamic", jaccard,
          "jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))", "0.75"),
    array("zip", "dynamic*", zip, "zip(dynamic([1, 2]), dynamic([3, 4]))", "[[1,3],[2,4]]"),
    {.name = "repeat",
     .parameters = "json, long",
     .result = "dynamic",
     .body = repeat_value,
     .example = "repeat(1, 3)",
     .gives = "[1,1,1]",
     .naming = Naming::prefixed,
     .traits = sees_nulls},
    internal_row("pack_list", "json*", "dynamic", pack_array, sees_nulls),
    internal_row("flatten", "dynamic*", "dynamic", flatten, sees_nulls),
    internal_row("expand_values", "dynamic", "list", expand_values, sees_nulls),
    internal_row("expand_pairs", "dynamic", "list", expand_pairs, sees_nulls),
    internal_row("make_set_of", "dynamic, long", "dynamic", make_set, sees_nulls),
    internal_row("first_elements", "dynamic, long", "dynamic", first_elements, sees_nulls),
};

}  // namespace

std::span<const Function> array_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
