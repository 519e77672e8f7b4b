#include "normalise/cloud/alert_entities.h"

#include <gtest/gtest.h>

namespace vedette::normalise::cloud {
namespace {

TEST(AlertEntities, HaveTheNamesThatRulesAskFor) {
  EXPECT_EQ(
      alert_entities(
          R"([{"id":"/x/1","kind":"Account","properties":{"friendlyName":"ada","accountName":"ada",)"
          R"("upnSuffix":"contoso.com","aadUserId":"u1","isDomainJoined":true,)"
          R"("hostEntityId":"/X/2"}},)"
          R"({"id":"/x/2","kind":"Host","properties":{"hostName":"srv1","osFamily":"Windows"}},)"
          R"({"id":"/x/3","kind":"Ip","properties":{"address":"192.0.2.1",)"
          R"("additionalData":{"Rating":"bad"}}},)"
          R"({"id":"/x/4","kind":"FileHash","properties":{"hashValue":"ab","algorithm":"MD5"}},)"
          R"({"id":"/x/5","kind":"CloudApplication","properties":{"appId":1,"appName":"Mail"}}])"),
      R"([{"$id":"1","Name":"ada","UPNSuffix":"contoso.com","AadUserId":"u1",)"
      R"("IsDomainJoined":true,"Host":{"$ref":"2"},"Type":"account"},)"
      R"({"$id":"2","HostName":"srv1","OSFamily":"Windows","Type":"host"},)"
      R"({"$id":"3","Address":"192.0.2.1","Rating":"bad","Type":"ip"},)"
      R"({"$id":"4","Value":"ab","Algorithm":"MD5","Type":"filehash"},)"
      R"({"$id":"5","AppId":1,"Name":"Mail","Type":"cloud-application"}])");
}

TEST(AlertEntities, LeaveOutWhatHasNoKindAndReferencesToNothing) {
  EXPECT_EQ(alert_entities(R"([{"id":"/x/1"},5,"text",{"id":"/x/2","kind":"Process",)"
                           R"("properties":{"processId":"7","hostEntityId":"/x/9"}}])"),
            R"([{"$id":"1","ProcessId":"7","Type":"process"}])");
  EXPECT_EQ(alert_entities("[]"), "");
  EXPECT_EQ(alert_entities("5"), "");
}

}  // namespace
}  // namespace vedette::normalise::cloud
