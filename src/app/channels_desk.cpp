#include "app/channels_desk.h"

#include "app/channel_trial.h"
#include "base/json.h"

namespace vedette::app {
namespace {

using base::JsonWriter;
using base::Result;
using Parts = std::vector<notify::PreviewPart>;

Result<Parts> parts_of(const ChannelsGround& ground, const server::ChannelDesk::Wish& wish) {
  PreviewWish wanted{wish.channel, wish.change, std::nullopt, wish.incident, ground.clock.now()};
  if (wish.incident != 0) {
    const auto found = VEDETTE_TRY(ground.incidents.find(wish.incident));
    if (!found || found->alerts.empty())
      return base::failure(base::ErrorCode::not_found, "there is no such incident");
    wanted.alert = model::combine(found->alerts);
  }
  return preview_message(ground.configuration, wanted);
}

}  // namespace

server::ChannelDesk::Answer ChannelsDesk::show() {
  JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& channel : ground_.configuration.channels) {
    writer.begin_object().member("name", channel.name).member("kind", channel.kind());
    writer.member("to", where_of(channel, ground_.configuration));
    writer.member("rules", rules_in_words(channel));
    writer.key("waiting").number(VEDETTE_TRY(ground_.incidents.waiting(channel.name)));
    writer.end_object();
  }
  writer.end_array().key("changes").begin_array();
  for (const auto& change : previewed_changes()) writer.string(change);
  writer.end_array();
  writer.member("templates", ground_.configuration.templates_folder).end_object();
  return writer.take() + "\n";
}

server::ChannelDesk::Answer ChannelsDesk::preview(const Wish& wish) {
  JsonWriter writer;
  writer.begin_object().key("parts").begin_array();
  for (const auto& part : VEDETTE_TRY(parts_of(ground_, wish)))
    writer.begin_object().member("name", part.name).member("text", part.text).end_object();
  writer.end_array().end_object();
  return writer.take() + "\n";
}

server::ChannelDesk::Answer ChannelsDesk::preview_page(const Wish& wish) {
  for (const auto& part : VEDETTE_TRY(parts_of(ground_, wish)))
    if (part.name.ends_with(".html")) return part.text;
  return base::failure(base::ErrorCode::not_found, "this channel sends no page");
}

server::ChannelDesk::Answer ChannelsDesk::test(const std::string& name,
                                               const server::DeskNote& note) {
  const auto* channel = find_channel(ground_.configuration, name);
  if (channel == nullptr)
    return base::failure(base::ErrorCode::not_found, unknown_channel(ground_.configuration, name));
  const std::unique_lock alone(test_mutex_, std::try_to_lock);
  if (!alone)
    return base::failure(base::ErrorCode::rate_limited, "another test is being sent; wait for it");
  const std::string id = "vedette_test_" + model::format_id(ground_.random.next());
  VEDETTE_TRY_VOID(note("channel.test", "channel " + name, id));
  return trial_json(VEDETTE_TRY(send_test(
      *channel, ground_.configuration,
      {ground_.clock, ground_.random, ground_.configuration.secrets, ground_.data_folder, {}},
      id)));
}

}  // namespace vedette::app
