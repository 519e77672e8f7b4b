#include "kql/native/xml.h"

#include <charconv>
#include <optional>
#include <vector>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "kql/native/json_text.h"

namespace vedette::kql::native {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view xml) : xml_(xml) {}

  bool run(std::string& json) {
    skip_prolog();
    std::string name;
    std::string value;
    if (!element(name, value, 0)) return false;
    skip_prolog();  // comments may stand behind the element, and nothing else
    if (at_ != xml_.size()) return false;
    JsonBuilder out(json);
    out.open('{');
    out.key(name);
    out.value(value);
    out.close('}');
    return true;
  }

 private:
  void skip_space() {
    while (at_ < xml_.size() &&
           (xml_[at_] == ' ' || xml_[at_] == '\n' || xml_[at_] == '\r' || xml_[at_] == '\t'))
      ++at_;
  }
  bool skip_to(std::string_view end) {
    const std::size_t found = xml_.find(end, at_);
    if (found == std::string_view::npos) return false;
    at_ = found + end.size();
    return true;
  }
  void skip_prolog() {
    while (true) {
      skip_space();
      if (xml_.substr(at_).starts_with("<?")) {
        if (!skip_to("?>")) return;
      } else if (xml_.substr(at_).starts_with("<!--")) {
        if (!skip_to("-->")) return;
      } else if (xml_.substr(at_).starts_with("<!DOCTYPE")) {
        if (!skip_document_type()) return;
      } else {
        return;
      }
    }
  }
  // Over <!DOCTYPE ...>, with its declarations in brackets.
  bool skip_document_type() {
    const std::size_t end = xml_.find_first_of("[>", at_);
    if (end == std::string_view::npos) return false;
    at_ = end + 1;
    return xml_[end] == '>' || (skip_to("]") && skip_to(">"));
  }
  // Empty where no name begins.
  std::string name() {
    const std::size_t start = at_;
    while (at_ < xml_.size() && xml_.find_first_of(" \t\r\n/>=<&'\"", at_) != at_) ++at_;
    const std::string_view found = xml_.substr(start, at_ - start);
    const bool starts_well = !found.empty() && found.find_first_of("0123456789-.") != 0;
    return starts_well ? std::string(found) : std::string{};
  }
  // False where an ampersand begins no reference that is known.
  static bool decode(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '&') {
        out += text[i];
        continue;
      }
      const std::size_t end = text.find(';', i);
      if (end == std::string_view::npos) return false;
      const std::string_view entity = text.substr(i + 1, end - i - 1);
      if (entity == "lt")
        out += '<';
      else if (entity == "gt")
        out += '>';
      else if (entity == "amp")
        out += '&';
      else if (entity == "quot")
        out += '"';
      else if (entity == "apos")
        out += '\'';
      else if (entity.starts_with('#')) {
        std::uint32_t code = 0;
        const bool hexadecimal = entity.size() > 1 && (entity[1] | 32) == 'x';
        const std::string_view digits = entity.substr(hexadecimal ? 2 : 1);
        const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(),
                                                   code, hexadecimal ? 16 : 10);
        if (error != std::errc{} || last != digits.data() + digits.size()) return false;
        base::append_utf8(out, static_cast<char32_t>(code));
      } else {
        return false;
      }
      i = end;
    }
    return true;
  }

  using Properties = std::vector<std::pair<std::string, std::vector<std::string>>>;
  static void add(Properties& properties, std::string key, std::string value) {
    for (auto& [known, values] : properties)
      if (known == key) {
        values.push_back(std::move(value));
        return;
      }
    properties.emplace_back(std::move(key), std::vector<std::string>{std::move(value)});
  }

  bool attributes(Properties& properties) {
    while (true) {
      skip_space();
      if (at_ >= xml_.size()) return false;
      if (xml_[at_] == '>' || xml_[at_] == '/') return true;
      const std::string key = name();
      skip_space();
      if (key.empty() || at_ >= xml_.size() || xml_[at_] != '=') return false;
      ++at_;
      skip_space();
      if (at_ >= xml_.size() || (xml_[at_] != '"' && xml_[at_] != '\'')) return false;
      const char quote = xml_[at_++];
      const std::size_t end = xml_.find(quote, at_);
      if (end == std::string_view::npos) return false;
      std::string text, value;
      const std::string_view written = xml_.substr(at_, end - at_);
      if (written.find('<') != std::string_view::npos || !decode(text, written)) return false;
      for (const auto& [known, values] : properties)
        if (known == "@" + key) return false;
      append_quoted(value, text);
      add(properties, "@" + key, std::move(value));
      at_ = end + 1;
    }
  }

  bool element(std::string& tag, std::string& value, std::size_t depth) {
    if (depth > base::limits::json_depth_max || at_ >= xml_.size() || xml_[at_] != '<')
      return false;
    ++at_;
    tag = name();
    Properties properties;
    if (tag.empty() || tag.front() == '!' || !attributes(properties)) return false;
    std::string text;
    if (xml_[at_] == '/') {
      if (!xml_.substr(at_).starts_with("/>")) return false;
      at_ += 2;
    } else {
      ++at_;
      if (!content(tag, properties, text, depth)) return false;
    }
    write(properties, text, value);
    return true;
  }

  bool content(const std::string& tag, Properties& properties, std::string& text,
               std::size_t depth) {
    while (true) {
      const std::size_t open = xml_.find('<', at_);
      if (open == std::string_view::npos) return false;
      if (!decode(text, xml_.substr(at_, open - at_))) return false;
      at_ = open;
      const std::string_view rest = xml_.substr(at_);
      if (rest.starts_with("</")) {
        at_ += 2;
        const std::string closing = name();
        skip_space();
        return closing == tag && skip_to(">") && xml_[at_ - 1] == '>';
      }
      if (rest.starts_with("<!--")) {
        if (!skip_to("-->")) return false;
      } else if (rest.starts_with("<![CDATA[")) {
        const std::size_t end = xml_.find("]]>", at_);
        if (end == std::string_view::npos) return false;
        text += xml_.substr(at_ + 9, end - at_ - 9);
        at_ = end + 3;
      } else if (rest.starts_with("<?")) {
        if (!skip_to("?>")) return false;
      } else {
        std::string child;
        std::string value;
        if (!element(child, value, depth + 1)) return false;
        add(properties, std::move(child), std::move(value));
      }
    }
  }

  static void write(const Properties& properties, const std::string& text, std::string& value) {
    const std::string_view trimmed = base::trim(text);
    if (properties.empty()) {
      if (trimmed.empty()) {
        value = "null";
      } else {
        append_quoted(value, trimmed);
      }
      return;
    }
    JsonBuilder out(value);
    out.open('{');
    for (const auto& [key, values] : properties) {
      out.key(key);
      if (values.size() == 1) {
        out.value(values.front());
        continue;
      }
      std::string array;
      JsonBuilder list(array);
      list.open('[');
      for (const std::string& one : values) list.value(one);
      list.close(']');
      out.value(array);
    }
    if (!trimmed.empty()) {
      out.key("#text");
      out.text(trimmed);
    }
    out.close('}');
  }

  std::string_view xml_;
  std::size_t at_ = 0;
};

}  // namespace

bool xml_to_json(std::string_view xml, std::string& json) {
  return Reader(xml).run(json);
}

}  // namespace vedette::kql::native
