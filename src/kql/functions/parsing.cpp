// Reading structured text: URLs, paths, CSV, versions, command lines, key=value pairs, XML.
#include <algorithm>
#include <array>

#include "base/encode.h"
#include "base/http_text.h"
#include "base/limits.h"
#include "base/text.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"
#include "kql/native/regex.h"
#include "kql/native/xml.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

std::string decoded(std::string_view text) {
  const std::string bytes = base::percent_decode(text, base::Plus::stays);
  return base::clean_utf8(bytes, bytes.size() * 3 + 1);
}
std::string query_bag(std::string_view query) {
  std::string bag;
  JsonBuilder out(bag);
  out.open('{');
  std::vector<std::string> seen;
  for (const std::string_view part : base::split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equal = part.find('=');
    std::string key = decoded(part.substr(0, equal));
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    out.key(key);
    out.text(equal == std::string_view::npos ? "" : decoded(part.substr(equal + 1)));
    seen.push_back(std::move(key));
  }
  out.close('}');
  return bag;
}

void parse_url(Call& call) {
  std::string_view url = call.text(0);
  std::string_view scheme, user, password, host, port, path, query, fragment;
  if (const std::size_t hash = url.find('#'); hash != std::string_view::npos) {
    fragment = url.substr(hash + 1);
    url = url.substr(0, hash);
  }
  if (const std::size_t mark = url.find('?'); mark != std::string_view::npos) {
    query = url.substr(mark + 1);
    url = url.substr(0, mark);
  }
  if (const std::size_t colon = url.find("://"); colon != std::string_view::npos) {
    scheme = url.substr(0, colon);
    url = url.substr(colon + 3);
    const std::size_t slash = std::min(url.find('/'), url.size());
    std::string_view authority = url.substr(0, slash);
    path = url.substr(std::min(slash + 1, url.size()));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
      user = authority.substr(0, at);
      authority = authority.substr(at + 1);
      if (const std::size_t split_at = user.find(':'); split_at != std::string_view::npos) {
        password = user.substr(split_at + 1);
        user = user.substr(0, split_at);
      }
    }
    const std::size_t colon_port = authority.rfind(':');
    if (colon_port != std::string_view::npos &&
        authority.find(']', colon_port) == std::string_view::npos) {
      port = authority.substr(colon_port + 1);
      authority = authority.substr(0, colon_port);
    }
    host = authority;
  } else {
    path = url;
  }
  JsonBuilder out(call.give_text());
  out.open('{');
  const auto add = [&](std::string_view key, std::string_view value) {
    out.key(key);
    out.text(value);
  };
  add("Scheme", scheme);
  add("Host", host);
  add("Port", port);
  add("Path", path);
  add("Username", user);
  add("Password", password);
  out.key("Query Parameters");
  out.value(query_bag(query));
  add("Fragment", fragment);
  out.close('}');
}
void parse_url_query(Call& call) {
  std::string_view query = call.text(0);
  if (query.starts_with('?')) query.remove_prefix(1);
  JsonBuilder out(call.give_text());
  out.open('{');
  out.key("Query Parameters");
  out.value(query_bag(query));
  out.close('}');
}

void parse_path(Call& call) {
  std::string_view path = call.text(0);
  std::string_view scheme, root, stream;
  if (const std::size_t colon = path.find("://"); colon != std::string_view::npos) {
    scheme = path.substr(0, colon);
    path = path.substr(colon + 3);
  }
  for (const std::string_view mark : {R"(\\?\)", R"(\\.\)"})  // a long path
    if (path.size() > mark.size() + 1 && path.starts_with(mark) && path[mark.size() + 1] == ':')
      path.remove_prefix(mark.size());
  if (path.size() >= 2 && path[1] == ':') root = path.substr(0, 2);
  if (const std::size_t colon = path.find(':', root.empty() ? 0 : 2);
      colon != std::string_view::npos) {
    stream = path.substr(colon + 1);
    path = path.substr(0, colon);
  }
  const std::size_t slash = path.find_last_of("/\\");
  const std::string_view directory =
      slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  const std::string_view file = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t parent = directory.find_last_of("/\\");
  const std::size_t dot = file.rfind('.');
  JsonBuilder out(call.give_text());
  out.open('{');
  const auto add = [&](std::string_view key, std::string_view value) {
    out.key(key);
    out.text(value);
  };
  add("Scheme", scheme);
  add("RootPath", root);
  add("DirectoryPath", directory);
  add("DirectoryName", parent == std::string_view::npos ? directory : directory.substr(parent + 1));
  add("Filename", file);
  add("Extension", dot == std::string_view::npos ? "" : file.substr(dot + 1));
  add("AlternateDataStreamName", stream);
  out.close('}');
}

void parse_csv(Call& call) {
  const std::string_view text = call.text(0);
  JsonBuilder out(call.give_text());
  out.open('[');
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : '\0';
    if (quoted) {
      if (i == text.size()) break;
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        field += c;
      }
    } else if (i == text.size() || c == ',' || c == '\n' || c == '\r') {
      out.text(field);
      field.clear();
      if (c == '\n' || c == '\r') break;  // the first record only
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else {
      field += c;
    }
  }
  if (quoted) out.text(field);
  out.close(']');
}

void parse_version(Call& call) {
  __extension__ unsigned __int128 value = 0;
  const auto parts = base::split(call.text(0), '.');
  if (parts.empty() || parts.size() > 4) return;
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t number = 0;
    if (i < parts.size()) {
      const auto read = base::parse_unsigned(base::trim(parts[i]));
      if (!read || *read > 99'999'999) return;
      number = *read;
    }
    value = value * 100'000'000 + number;
  }
  std::string digits;
  for (; value != 0; value /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  call.give_text(digits.empty() ? "0" : digits);
}

// Windows' rules of CommandLineToArgv: backslashes count only in front of a quote.
void parse_command_line(Call& call) {
  const std::string_view text = call.text(0);
  if (text.empty()) return;
  if (!base::equals_ignoring_case(call.text(1), "windows"))
    return call.fail("parse_command_line knows the parser 'Windows' only");
  JsonBuilder out(call.give_text());
  out.open('[');
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at >= text.size()) break;
    std::string argument;
    bool quoted = false;
    for (; at < text.size() && (quoted || (text[at] != ' ' && text[at] != '\t')); ++at) {
      std::size_t slashes = 0;
      while (at < text.size() && text[at] == '\\') {
        ++slashes;
        ++at;
      }
      if (at < text.size() && text[at] == '"') {
        argument.append(slashes / 2, '\\');
        if (slashes % 2 == 1) {
          argument += '"';
        } else {
          quoted = !quoted;
        }
      } else {
        argument.append(slashes, '\\');
        if (at >= text.size()) break;
        if (!quoted && (text[at] == ' ' || text[at] == '\t')) break;
        argument += text[at];
      }
    }
    out.text(argument);
  }
  out.close(']');
}

struct Quotes {
  std::string open, close;
};
struct PairOptions {
  std::string pair, kv, regex;
  std::vector<Quotes> quotes;
  std::vector<std::string> escapes;
  bool greedy = false;
  bool words = false;  // no delimiters are given
};
PairOptions pair_options(std::string_view json) {
  PairOptions options;
  for (const auto& [name, value] : native::members_of(json)) {
    const std::string key = native::unescaped(name);
    std::string text;
    native::append_as_text(text, value);
    if (key == "pair_delimiter") options.pair = text;
    if (key == "kv_delimiter") options.kv = text;
    if (key == "regex") options.regex = text;
    if (key == "greedy") options.greedy = text == "true";
    // These two may be given several times; two characters are the quotes before and behind.
    if (key == "escape" && !text.empty()) options.escapes.push_back(text);
    if (key == "quote" && !text.empty())
      options.quotes.push_back(text.size() == 2 ? Quotes{text.substr(0, 1), text.substr(1)}
                                                : Quotes{text, text});
  }
  options.words = options.pair.empty() && options.kv.empty() && options.regex.empty();
  if (options.pair.empty()) options.pair = " ";
  if (options.kv.empty()) options.kv = "=";
  return options;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs_by_regex(const PairOptions& options, std::string_view text) {
  Pairs pairs;
  const native::Regex* regex = native::Regex::get(options.regex);
  std::vector<std::string_view> groups;
  if (regex == nullptr || regex->groups() < 2) return pairs;
  for (native::RegexMatches all(*regex, text); all.next(groups);)
    pairs.emplace_back(groups[1], groups[2]);
  return pairs;
}

// A quoted piece, its escapes taken away, and `at` moves behind it; nothing where no quote stands.
std::optional<std::string> quoted_piece(const PairOptions& options, std::string_view text,
                                        std::size_t& at) {
  const auto quotes = std::ranges::find_if(options.quotes, [&](const Quotes& one) {
    return text.substr(std::min(at, text.size())).starts_with(one.open);
  });
  if (quotes == options.quotes.end()) return std::nullopt;
  std::string piece;
  at += quotes->open.size();
  while (at < text.size()) {
    const auto escape = std::ranges::find_if(options.escapes, [&](const std::string& one) {
      return text.substr(at).starts_with(one) && at + one.size() < text.size();
    });
    if (escape != options.escapes.end()) {
      at += escape->size();
      piece += text[at++];
    } else if (text.substr(at).starts_with(quotes->close)) {
      at += quotes->close.size();
      break;
    } else {
      piece += text[at++];
    }
  }
  return piece;
}

// Blanks around a key or a value are ignored; those that are the delimiter are not.
void skip_blanks(const PairOptions& options, std::string_view text, std::size_t& at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t') &&
         !text.substr(at).starts_with(options.pair))
    ++at;
}

// Without delimiters a pair is a word, ':' or '=', and what follows: a quoted text, or all up to
// the next white space or separator.
Pairs pairs_in_words(const PairOptions& options, std::string_view text) {
  Pairs pairs;
  const native::Regex* head = native::Regex::get(R"((\w+)\s*[:=]\s*)");
  std::vector<std::string_view> groups;
  for (std::size_t at = 0; head != nullptr && head->find(text, at, groups);) {
    const std::string key(groups[1]);
    at = static_cast<std::size_t>(groups[0].data() - text.data()) + groups[0].size();
    if (auto quoted = quoted_piece(options, text, at)) {
      pairs.emplace_back(key, *std::move(quoted));
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(" \t\r\n,;|", at), text.size());
    if (end > at) pairs.emplace_back(key, text.substr(at, end - at));
    at = end;
  }
  return pairs;
}

Pairs pairs_of(const PairOptions& options, std::string_view text) {
  Pairs pairs;
  std::size_t at = 0;
  while (at < text.size()) {
    std::string value;
    skip_blanks(options, text, at);
    const auto quoted_key = quoted_piece(options, text, at);
    std::string key = quoted_key.value_or("");
    const std::size_t equal = text.find(options.kv, at);
    if (equal == std::string_view::npos) break;
    std::size_t from = at;
    if (!quoted_key) {
      // A key begins behind the last pair delimiter in front of its '='.
      const std::size_t delimiter = options.pair.empty()
                                        ? std::string_view::npos
                                        : text.substr(at, equal - at).rfind(options.pair);
      if (delimiter != std::string_view::npos) from = at + delimiter + options.pair.size();
      key = base::trim(text.substr(from, equal - from));
    }
    at = equal + options.kv.size();
    skip_blanks(options, text, at);
    if (auto quoted = quoted_piece(options, text, at)) {
      value = *std::move(quoted);
      skip_blanks(options, text, at);
    } else {
      std::size_t end = std::min(text.find(options.pair, at), text.size());
      if (options.greedy) {
        const std::size_t next = text.find(options.kv, at);
        const std::size_t limit = next == std::string_view::npos
                                      ? std::string_view::npos
                                      : text.substr(0, next).rfind(options.pair);
        end = limit == std::string_view::npos || limit < at ? text.size() : limit;
      }
      value = base::trim(text.substr(at, end - at));
      at = end;
    }
    if (text.substr(at).starts_with(options.pair)) at += options.pair.size();
    pairs.emplace_back(std::move(key), std::move(value));
  }
  return pairs;
}

void parse_pairs(Call& call) {
  const PairOptions options = pair_options(call.text(2));
  const Pairs pairs = options.words           ? pairs_in_words(options, call.text(0))
                      : options.regex.empty() ? pairs_of(options, call.text(0))
                                              : pairs_by_regex(options, call.text(0));
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::string_view element : native::elements_of(call.text(1))) {
    const std::string key = native::unescaped(element);
    const auto found = std::find_if(pairs.begin(), pairs.end(),
                                    [&](const auto& pair) { return pair.first == key; });
    if (found == pairs.end()) {
      out.value("null");
    } else {
      out.text(found->second);
    }
  }
  out.close(']');
}

void parse_xml(Call& call) {
  std::string json;
  if (native::xml_to_json(call.text(0), json)) call.give_text(json);
}

constexpr Function rows[] = {
    {.name = "parse_url parseurl",
     .parameters = "string",
     .result = "dynamic",
     .body = parse_url,
     .example = "parse_url('https://u:p@h.com:80/a/b?k=v#f').Host",
     .gives = "\"h.com\""},
    {.name = "parse_urlquery parseurlquery",
     .parameters = "string",
     .result = "dynamic",
     .body = parse_url_query,
     .example = "parse_urlquery('k1=v1&k2=v2')",
     .gives = "{\"Query Parameters\":{\"k1\":\"v1\",\"k2\":\"v2\"}}"},
    {.name = "parse_path",
     .parameters = "string",
     .result = "dynamic",
     .body = parse_path,
     .example = "parse_path('C:/temp/file.txt').Extension",
     .gives = "\"txt\""},
    {.name = "parse_csv",
     .parameters = "string",
     .result = "dynamic",
     .body = parse_csv,
     .example = "parse_csv('aa,\"b,b\",cc')",
     .gives = "[\"aa\",\"b,b\",\"cc\"]",
     .naming = Naming::first_argument},
    {.name = "version_digits",
     .parameters = "string",
     .result = "string",
     .body = parse_version,
     .use = Use::internal},
    {.name = "parse_version",
     .parameters = "string",
     .result = "decimal",
     .duckdb = "TRY_CAST(nullif(kql_version_digits($1), '') AS DECIMAL(38,0))",
     .example = "parse_version('1.2') > parse_version('1.1')",
     .gives = "true"},
    {.name = "parse_command_line",
     .parameters = "string, string",
     .result = "dynamic",
     .body = parse_command_line,
     .example = "parse_command_line('echo \"hello world!\" print$?', 'windows')",
     .gives = "[\"echo\",\"hello world!\",\"print$?\"]"},
    {.name = "parse_xml",
     .parameters = "string",
     .result = "dynamic",
     .body = parse_xml,
     .example = "parse_xml('<a><b>1</b></a>')",
     .gives = "{\"a\":{\"b\":\"1\"}}",
     .naming = Naming::first_argument},
    {.name = "parse_pairs",
     .parameters = "string, string, string",
     .result = "dynamic",
     .body = parse_pairs,
     .use = Use::internal},
};

}  // namespace

std::span<const Function> parsing_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
