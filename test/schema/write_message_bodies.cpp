// Writes the bodies that the channels make, for check_messages.py to hold against the services' own
// descriptions. Usage: write_message_bodies SOURCE_FOLDER WORK_FOLDER
#include <cassert>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include "base/limits.h"
#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"
#include "notify/channel.h"
#include "notify/facts.h"

namespace vedette::notify {
namespace {

using model::AlertChange;

const base::Timestamp now = *base::parse_iso("2026-06-01T08:18:51Z");

class BodyWriter {
 public:
  explicit BodyWriter(std::filesystem::path folder) : folder_(std::move(folder)) {
    for (const auto& [kind, url] : {std::pair{"discord", "https://discord.com/api/webhooks/1/t"},
                                    {"slack", "https://hooks.slack.com/services/T/B/t"},
                                    {"teams", "https://example.logic.azure.com/workflows/1?sig=s"},
                                    {"webhook", "https://soc.example/hook"}}) {
      std::filesystem::create_directories(folder_ / kind);
      const auto address = parse_channel_address(url, [](const auto&) { return std::nullopt; });
      assert(address);
      channels_[kind] = *make_channel(*address);
    }
  }
  void write(const std::string& name, const model::Alert& alert,
             std::string_view remote_id = "") const {
    for (const auto& [kind, channel] : channels_)
      for (const AlertChange change : {AlertChange::opened, AlertChange::updated,
                                       AlertChange::withdrawn, AlertChange::closed}) {
        const auto request = channel->compose({change, alert, remote_id, now});
        const std::string file = name + "-" + std::string(model::name_of(change)) + ".json";
        std::ofstream(folder_ / kind / file, std::ios::binary) << request.body;
      }
  }

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;
};

void write_all(const std::string& source_folder, const std::string& work_folder) {
  const BodyWriter writer(work_folder);
  writer.write("sample", fakes::sample_alert());
  writer.write("edit", fakes::sample_alert(), "9001");
  model::Alert bare;
  bare.title = "Something";
  writer.write("bare", bare);
  model::Alert digest;
  digest.rule = digest_rule;
  digest.title = "20 messages about 20 incidents";
  digest.reasons.assign(base::limits::chat_digest_items_max, std::string(500, '*'));
  writer.write("digest", digest);
  int number = 0;
  for (const auto& text : fakes::hostile_strings(source_folder))
    writer.write("hostile" + std::to_string(++number), fakes::hostile_alert(text));
}

}  // namespace
}  // namespace vedette::notify

int main(int count, char** arguments) {
  if (count != 3) return 2;
  vedette::notify::write_all(arguments[1], arguments[2]);
  return 0;
}
