// Templates: fields and no logic, what is wrong is said, and text stays text (S16).
#include "notify/template.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"
#include "fakes/temporary_folder.h"
#include "notify/channel.h"
#include "notify/mail_message.h"
#include "notify/message_templates.h"

namespace vedette::notify {
namespace {

using model::AlertChange;

class OneText : public FieldSource {
 public:
  explicit OneText(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::string text(std::string_view) const override { return text_; }
  [[nodiscard]] bool is_json(std::string_view field) const override { return field == "colour"; }
  void append_json(std::string_view, base::JsonWriter& writer) const override {
    writer.number(std::int64_t{7});
  }

 private:
  std::string text_;
};

std::string filled(std::string_view text, TemplateForm form, const std::string& value) {
  const auto made = Template::parse("x", text, form);
  EXPECT_TRUE(made) << made.error().message;
  return made ? made->fill(OneText(value)) : "";
}

std::string problem(std::string_view text, TemplateForm form) {
  const auto made = Template::parse("mail.txt", text, form);
  EXPECT_FALSE(made) << text;
  return made ? "" : made.error().message;
}

TEST(Template, FieldsAreFilledInTexts) {
  EXPECT_EQ(filled("a {{headline}}, {{ rule }}.\n", TemplateForm::text, "b"), "a b, b.\n");
  EXPECT_EQ(filled("", TemplateForm::text, "b"), "");
  EXPECT_EQ(filled("{ {x} }} }", TemplateForm::text, "b"), "{ {x} }} }");
  // What is filled in is not looked into again.
  EXPECT_EQ(filled("{{headline}}", TemplateForm::text, "{{rule}}"), "{{rule}}");
}

TEST(Template, JsonKeepsItsStructureWhateverIsFilledIn) {
  constexpr std::string_view text =
      R"({"a":"x {{headline}}","b":["{{rule}}",1,null,true],"c":"{{colour}}","d":"is {{colour}}"})";
  EXPECT_EQ(filled(text, TemplateForm::json, "y"),
            R"({"a":"x y","b":["y",1,null,true],"c":7,"d":"is y"})");
  EXPECT_EQ(filled(text, TemplateForm::json, "\",\"evil\":\"{{rule}}"),
            R"({"a":"x \",\"evil\":\"{{rule}}","b":["\",\"evil\":\"{{rule}}",1,null,true],)"
            R"("c":7,"d":"is \",\"evil\":\"{{rule}}"})");
  // A member that says nothing is left out; an element keeps its place.
  EXPECT_EQ(filled(R"({"a":"{{headline}}","b":["{{headline}}"]})", TemplateForm::json, ""),
            R"({"b":[""]})");
}

TEST(Template, WhatIsWrongIsSaidWithAHint) {
  EXPECT_EQ(problem("{{headlin}}", TemplateForm::text),
            "mail.txt: there is no field {{headlin}}; did you mean headline?");
  EXPECT_NE(problem("{{zzzzzzzzzz}}", TemplateForm::text).find("there are: headline, "),
            std::string::npos);
  EXPECT_EQ(problem("a {{rule", TemplateForm::text), "mail.txt: a {{ has no }} behind it");
  EXPECT_NE(problem("{{7*7}}", TemplateForm::text).find("there is no field {{7*7}}"),
            std::string::npos);
  EXPECT_NE(problem("{{#if rule}}", TemplateForm::text).find("there is no field"),
            std::string::npos);
  EXPECT_NE(problem(R"({"a":)", TemplateForm::json).find("is no JSON"), std::string::npos);
  EXPECT_NE(problem("[]", TemplateForm::json).find("must be a JSON object"), std::string::npos);
  EXPECT_NE(problem(R"({"{{rule}}":1})", TemplateForm::json).find("the name of a member"),
            std::string::npos);
  EXPECT_NE(problem(R"({"a":[{"b":"{{ruel}}"}]})", TemplateForm::json).find("did you mean rule?"),
            std::string::npos);
  EXPECT_NE(problem(std::string(100'000, ' '), TemplateForm::text).find("is larger than"),
            std::string::npos);
}

class TemplateFolder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
  }
  fakes::TemporaryFolder folder_;
  const model::Alert alert_ = fakes::sample_alert();
  const Message message_{
      AlertChange::opened, alert_, {}, *base::parse_iso("2026-06-01T08:18:51Z"), "key_1", 12};
};

TEST_F(TemplateFolder, AFileTakesThePlaceOfTheBuiltInOne) {
  write("mail_subject.txt", "{{severity}} alarm {{incident}}\n");
  write("mail.txt",
        "{{users}} on {{hosts}} from {{addresses}}, {{place}}, {{operator}}, "
        "{{attempts}} times, {{techniques}}, {{first}} {{last}} {{change}} {{alert}} "
        "{{key}} {{status}} {{number}}{{title}} {{urgency}}");
  write(".mail.html.swp", "{{");
  const auto loaded = MessageTemplates::load(folder_.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const MailParts parts = mail_parts(message_, **loaded);
  EXPECT_EQ(parts.subject, "High alarm 12");
  EXPECT_EQ(parts.text,
            "root, deploy on web1 from 203.0.113.7, Frankfurt am Main, Hesse, Germany, "
            "AS64496 Example Net, 1234 times, T1110.001, 2026-06-01T08:15:30Z "
            "2026-06-01T08:18:50Z opened 0000000000001234 key_1 open, so far 3 min 20 s "
            "[#12] Brute force from 203.0.113.7 1");
  EXPECT_EQ(parts.html, mail_parts(message_, *MessageTemplates::built_in()).html);
}

TEST_F(TemplateFolder, AWebhookMayHaveABodyOfItsOwn) {
  write("webhook.json",
        R"({"text":"{{title}}","level":"{{severity}}","n":{"incident":"{{incident}}"}})");
  const auto loaded = MessageTemplates::load(folder_.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto address =
      parse_channel_address("https://soc.example/hook", [](const auto&) { return std::nullopt; });
  ChannelOptions options;
  options.templates = *loaded;
  const auto channel = make_channel(*address, std::move(options));
  EXPECT_EQ((*channel)->compose(message_).body,
            R"({"text":"Brute force from 203.0.113.7","level":"High","n":{"incident":"12"}})");
}

TEST_F(TemplateFolder, AFileThatIsNoneIsSaid) {
  write("mail.htm", "");
  const auto loaded = MessageTemplates::load(folder_.path());
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("mail.htm is the name of no template; did you mean"),
            std::string::npos)
      << loaded.error().message;
  EXPECT_FALSE(MessageTemplates::load(folder_.path() / "nowhere"));
}

TEST_F(TemplateFolder, AFileThatIsWrongIsSaid) {
  write("teams.json", "{\"a\":\"{{reason}}\"}");
  const auto loaded = MessageTemplates::load(folder_.path());
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("teams.json: there is no field {{reason}}; did you mean "
                                        "reasons?"),
            std::string::npos)
      << loaded.error().message;
}

TEST(MessageTemplates, AllThatComeWithTheProgramAreWhole) {
  const auto all = MessageTemplates::built_in();
  for (std::size_t i = 0; i < message_template_count; ++i) {
    const auto which = static_cast<MessageTemplate>(i);
    EXPECT_EQ(all->find(which) == nullptr, which == MessageTemplate::webhook) << name_of(which);
  }
}

}  // namespace
}  // namespace vedette::notify
