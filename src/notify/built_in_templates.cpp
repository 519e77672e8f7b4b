// The templates' texts, taken into the program by the assembler, so that the files are what is
// used.
#include "notify/built_in_templates.h"

#define VEDETTE_TEMPLATE(name, file)                \
  asm(".section .rodata\n"                          \
      "vedette_template_" name                      \
      "_begin:\n"                                   \
      ".incbin \"" VEDETTE_MESSAGES_FOLDER "/" file \
      "\"\n"                                        \
      "vedette_template_" name                      \
      "_end:\n"                                     \
      ".byte 0\n"                                   \
      ".previous\n")

VEDETTE_TEMPLATE("mail_subject", "mail_subject.txt");
VEDETTE_TEMPLATE("mail_text", "mail.txt");
VEDETTE_TEMPLATE("mail_html", "mail.html");
VEDETTE_TEMPLATE("discord", "discord.json");
VEDETTE_TEMPLATE("slack", "slack.json");
VEDETTE_TEMPLATE("teams", "teams.json");
VEDETTE_TEMPLATE("jira", "jira.json");
VEDETTE_TEMPLATE("jira_update", "jira_update.json");
VEDETTE_TEMPLATE("servicenow", "servicenow.json");
VEDETTE_TEMPLATE("servicenow_update", "servicenow_update.json");
VEDETTE_TEMPLATE("github", "github.json");
VEDETTE_TEMPLATE("github_update", "github_update.json");
VEDETTE_TEMPLATE("policy_subject", "policy_subject.txt");
VEDETTE_TEMPLATE("policy_text", "policy.txt");
VEDETTE_TEMPLATE("policy_html", "policy.html");

#undef VEDETTE_TEMPLATE

extern "C" {
extern const char vedette_template_mail_subject_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_mail_subject_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_mail_text_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_mail_text_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_mail_html_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_mail_html_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_discord_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_discord_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_slack_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_slack_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_teams_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_teams_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_jira_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_jira_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_jira_update_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_jira_update_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_servicenow_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_servicenow_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_servicenow_update_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_servicenow_update_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_github_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_github_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_github_update_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_github_update_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_policy_subject_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_policy_subject_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_policy_text_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_policy_text_end[] __attribute__((visibility("hidden")));
extern const char vedette_template_policy_html_begin[] __attribute__((visibility("hidden")));
extern const char vedette_template_policy_html_end[] __attribute__((visibility("hidden")));
}

namespace vedette::notify {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view built_in_template(MessageTemplate which) {
  switch (which) {
    case MessageTemplate::mail_subject:
      return between(vedette_template_mail_subject_begin, vedette_template_mail_subject_end);
    case MessageTemplate::mail_text:
      return between(vedette_template_mail_text_begin, vedette_template_mail_text_end);
    case MessageTemplate::mail_html:
      return between(vedette_template_mail_html_begin, vedette_template_mail_html_end);
    case MessageTemplate::discord:
      return between(vedette_template_discord_begin, vedette_template_discord_end);
    case MessageTemplate::slack:
      return between(vedette_template_slack_begin, vedette_template_slack_end);
    case MessageTemplate::teams:
      return between(vedette_template_teams_begin, vedette_template_teams_end);
    case MessageTemplate::jira:
      return between(vedette_template_jira_begin, vedette_template_jira_end);
    case MessageTemplate::jira_update:
      return between(vedette_template_jira_update_begin, vedette_template_jira_update_end);
    case MessageTemplate::servicenow:
      return between(vedette_template_servicenow_begin, vedette_template_servicenow_end);
    case MessageTemplate::servicenow_update:
      return between(vedette_template_servicenow_update_begin,
                     vedette_template_servicenow_update_end);
    case MessageTemplate::github:
      return between(vedette_template_github_begin, vedette_template_github_end);
    case MessageTemplate::github_update:
      return between(vedette_template_github_update_begin, vedette_template_github_update_end);
    case MessageTemplate::policy_subject:
      return between(vedette_template_policy_subject_begin, vedette_template_policy_subject_end);
    case MessageTemplate::policy_text:
      return between(vedette_template_policy_text_begin, vedette_template_policy_text_end);
    case MessageTemplate::policy_html:
      return between(vedette_template_policy_html_begin, vedette_template_policy_html_end);
    case MessageTemplate::webhook:
      break;
  }
  return {};
}

}  // namespace vedette::notify
