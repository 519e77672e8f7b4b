#include "simulate/names.h"

#include <array>

#include "simulate/seeded_random.h"

namespace vedette::simulate {
namespace {

constexpr std::array<std::string_view, 60> people = {
    "alice",   "bob",    "carla",  "dmitri", "elena",  "farid",  "grace", "hiro",   "ingrid",
    "jonas",   "keiko",  "lucas",  "maria",  "nadia",  "omar",   "petra", "quinn",  "rosa",
    "stefan",  "tomas",  "ursula", "viktor", "wanda",  "xavier", "yusuf", "zofia",  "anna",
    "bruno",   "chiara", "david",  "emil",   "fatima", "georg",  "hanna", "ivan",   "julia",
    "karim",   "lena",   "marco",  "nils",   "olga",   "pablo",  "rania", "sven",   "tanja",
    "umberto", "vera",   "wei",    "yara",   "zeynep", "amir",   "bea",   "carlos", "dana",
    "erik",    "freya",  "gita",   "hugo",   "ines",   "jakub"};

constexpr std::array<std::string_view, 24> system_accounts = {"root",       "daemon",
                                                              "bin",        "sys",
                                                              "games",      "man",
                                                              "lp",         "mail",
                                                              "news",       "uucp",
                                                              "proxy",      "www-data",
                                                              "backup",     "list",
                                                              "irc",        "nobody",
                                                              "sshd",       "postgres",
                                                              "git",        "mysql",
                                                              "redis",      "systemd-network",
                                                              "messagebus", "ftp"};

// What dictionaries try first; none of them is an account here.
constexpr std::array<std::string_view, 120> guesses = {
    "admin",     "test",       "user",         "ubuntu",   "oracle",    "guest",   "support",
    "pi",        "debian",     "centos",       "ec2-user", "hadoop",    "tomcat",  "jenkins",
    "deploy",    "ansible",    "vagrant",      "docker",   "nagios",    "zabbix",  "elastic",
    "kafka",     "spark",      "minecraft",    "steam",    "teamspeak", "ts3",     "csgo",
    "ftpuser",   "webmaster",  "www",          "web",      "apache",    "nginx",   "administrator",
    "manager",   "sales",      "info",         "service",  "student",   "teacher", "demo",
    "dev",       "developer",  "devops",       "operator", "ops",       "monitor", "backupuser",
    "sysadmin",  "superuser",  "supervisor",   "default",  "public",    "ubnt",    "cisco",
    "huawei",    "mikrotik",   "telecomadmin", "vyos",     "fortinet",  "pfsense", "openwrt",
    "dbadmin",   "postgresql", "mongo",        "mongodb",  "cassandra", "solr",    "weblogic",
    "websphere", "jboss",      "glassfish",    "odoo",     "sap",       "erp",     "crm",
    "wordpress", "joomla",     "drupal",       "magento",  "gitlab",    "gitea",   "svn",
    "redmine",   "jira",       "sonar",        "nexus",    "rancher",   "kube",    "k8s",
    "etcd",      "consul",     "vault",        "node",     "nodejs",    "python",  "django",
    "flask",     "rails",      "ruby",         "java",     "php",       "perl",    "solana",
    "validator", "ethereum",   "miner",        "bitcoin",  "eth",       "sol",     "ubuntuserver",
    "azureuser", "awsuser",    "gcpuser",      "cloud",    "temp",      "tmp",     "anonymous",
    "a"};

constexpr std::array<std::string_view, 10> commands = {
    "/usr/bin/apt update",
    "/usr/bin/systemctl restart nginx",
    "/usr/bin/journalctl -u ssh",
    "/usr/bin/tail -n 100 /var/log/auth.log",
    "/usr/sbin/ufw status",
    "/usr/bin/docker ps",
    "/usr/bin/vim /etc/ssh/sshd_config",
    "/usr/bin/ls /root",
    "/usr/bin/cat /etc/shadow",
    "/usr/bin/echo Failed password for root from 192.0.2.1 port 22 ssh2"};

}  // namespace

std::span<const std::string_view> people_names() {
  return people;
}
std::span<const std::string_view> system_names() {
  return system_accounts;
}
std::span<const std::string_view> shell_commands() {
  return commands;
}

void unknown_name(std::uint64_t i, std::string& out) {
  out = guesses[i % guesses.size()];
  if (const std::uint64_t round = i / guesses.size(); round > 0) out += std::to_string(round);
}

void hostile_name(SeededRandom& random, std::string_view innocent, std::string& out) {
  out.clear();
  switch (random.below(9)) {
    case 0:
      out.append("root from ").append(innocent).append(" port 22 ssh2");
      break;
    case 1:
      out.append("x ssh2: Accepted password for root from ").append(innocent).append(" port 22");
      break;
    case 2:
      out.append("invalid user root from ").append(innocent).append(" port 4242");
      break;
    case 3:
      out.append("\\033[2J\\033[31mroot\\033[0m");
      break;
    case 4:
      out.append(static_cast<std::size_t>(random.between(200, 420)), 'A');
      break;
    case 5:
      out.append(
          "J\xC3\xBCrgen\xE2\x80\xAE"
          "nimda");  // right-to-left override, from a log that keeps UTF-8
      break;
    case 6:
      out.append("\\303\\251milie");
      break;
    case 7:
      out.append("<script>alert('x')</script> @everyone <!channel>");
      break;
    default:
      break;  // the empty name: two blanks in the log
  }
}

}  // namespace vedette::simulate
