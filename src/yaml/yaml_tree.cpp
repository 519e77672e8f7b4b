#include "yaml/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/encode.h"
#include "base/text.h"

namespace vedette::yaml {
namespace {

using base::ErrorCode;
using base::Result;

// Makes the tree of the parser's events, and takes nothing more in once it has refused something.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (accepts(mark, "", anchor)) put(mark, YamlNode::Kind::text, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not taken: write it out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!accepts(mark, tag, anchor)) return;
    if (YamlNode* node = put(mark, YamlNode::Kind::text, value)) node->is_quoted = tag == "!";
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (accepts(mark, tag, anchor)) open(mark, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (accepts(mark, tag, anchor)) open(mark, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] YamlNode& root() { return root_; }
  // Empty: everything was taken.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  struct Open {
    YamlNode* node = nullptr;
    std::optional<std::string> key;  // read, its value not yet
  };

  void refuse(const YAML::Mark& mark, const std::string& why) {
    if (refusal_.empty()) refusal_ = fmt::format("line {}: {}", mark.line + 1, why);
  }
  bool accepts(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "anchors (&name) are not taken: write it out");
    if (!tag.empty() && tag != "?" && tag != "!")
      refuse(mark, "tags (!name) are not taken: everything is text, a list or a map");
    if (++nodes_ > limits_.nodes_max)
      refuse(mark, fmt::format("there are more than {} parts", limits_.nodes_max));
    return refusal_.empty();
  }
  // Null: it was a map's key, or refused.
  YamlNode* put(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& text) {
    YamlNode made;
    made.kind = kind;
    made.line = mark.line + 1;
    made.text = text;
    if (open_.empty()) {
      root_ = std::move(made);
      return &root_;
    }
    Open& around = open_.back();
    if (around.node->kind == YamlNode::Kind::list)
      return &around.node->items.emplace_back(std::move(made));
    if (!around.key) {
      if (kind != YamlNode::Kind::text)
        refuse(mark, "a name must be a text");
      else if (around.node->find(text) != nullptr)
        refuse(mark, fmt::format("\"{}\" stands there twice", base::encode_terminal(text, 60)));
      around.key = text;
      return nullptr;
    }
    around.node->keys.push_back(*std::exchange(around.key, std::nullopt));
    return &around.node->items.emplace_back(std::move(made));
  }
  void open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (open_.size() >= limits_.depth_max)
      return refuse(mark, fmt::format("it is nested deeper than {} levels", limits_.depth_max));
    if (YamlNode* node = put(mark, kind, "")) open_.push_back({node, std::nullopt});
  }
  // Once something was refused, ends are not those of what is open.
  void close() {
    if (refusal_.empty()) open_.pop_back();
  }

  const YamlLimits limits_;
  YamlNode root_;
  // A node's address holds while it is open: only the innermost one grows.
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  std::string refusal_;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(keys, key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

Result<YamlNode> parse_yaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.bytes_max)
    return base::failure(ErrorCode::limit_exceeded,
                         fmt::format("it is larger than {} bytes", limits.bytes_max));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(limits);
    if (!parser.HandleNextDocument(builder))
      return base::failure(ErrorCode::malformed, "line 1: it is empty");
    if (!builder.refusal().empty()) return base::failure(ErrorCode::malformed, builder.refusal());
    Builder more(limits);
    if (parser.HandleNextDocument(more))
      return base::failure(ErrorCode::malformed, "it holds more than one document (---)");
    return std::move(builder.root());
  } catch (const YAML::Exception& error) {
    return base::failure(ErrorCode::malformed,
                         fmt::format("line {}: {}", std::max(0, error.mark.line) + 1,
                                     base::encode_terminal(error.msg, 200)));
  }
}

std::unexpected<base::Error> wrong(const YamlNode& node, const std::string& why) {
  return base::failure(ErrorCode::invalid_argument, fmt::format("line {}: {}", node.line, why));
}

Result<void> check_members(const YamlNode& node, std::vector<std::string_view> known) {
  if (node.kind != YamlNode::Kind::map)
    return wrong(node, fmt::format("here stand names and values ({} ...)", known.front()));
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i];
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string_view near = base::nearest(key, known);
    const std::string advice = near.empty() ? fmt::format("there are: {}", fmt::join(known, ", "))
                                            : fmt::format("did you mean {}?", near);
    return wrong(node.items[i],
                 fmt::format("there is no \"{}\"; {}", base::encode_terminal(key, 60), advice));
  }
  return {};
}

}  // namespace vedette::yaml
