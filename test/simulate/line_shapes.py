#!/usr/bin/env python3
"""Every line of a simulated log is one that OpenSSH, PAM, sudo, su, cron or systemd-logind writes.

    test/simulate/line_shapes.py VEDETTE

The shapes are written from those programs' own format strings, not from the simulator. Checked for
each format of stamps and each naming of sshd; every shape must also occur somewhere, or it tests
nothing.
"""
import re
import subprocess
import sys

ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)"
SOURCE = ADDRESS + r" port \d+"
KEY = r"SHA256:[A-Za-z0-9+/]{43}"
# PAM ends with a blank where it knows no user; the journal cuts it.
RHOST = rf"; logname= uid=0 euid=0 tty=ssh ruser= rhost={ADDRESS}(?:  user=\S+| )?"
WHO = r"(?:invalid|authenticating) user .* " + SOURCE
PERSON = r"[a-z]+"
FAILED_PASSWORD = rf"Failed password for (?:invalid user )?.* from {SOURCE} ssh2"

SSHD = [
    rf"Invalid user .* from {ADDRESS}(?: port \d+)?",
    FAILED_PASSWORD,
    rf"Failed keyboard-interactive/pam for (?:invalid user )?.* from {SOURCE} ssh2",
    rf"Failed publickey for (?:invalid user )?.* from {SOURCE} ssh2: RSA {KEY}",
    rf"Accepted password for \S+ from {SOURCE} ssh2",
    rf"Accepted publickey for \S+ from {SOURCE} ssh2: ED25519 {KEY}",
    r"pam_unix\(sshd:auth\): check pass; user unknown",
    rf"pam_unix\(sshd:auth\): authentication failure{RHOST}",
    rf"PAM 1 more authentication failure{RHOST}",
    rf"PAM [2-9] more authentication failures{RHOST}",
    r"PAM service\(sshd\) ignoring max retries; [4-9] > 3",
    rf"error: PAM: Authentication failure for \S+ from {ADDRESS}",
    r"error: PAM: User not known to the underlying authentication module for illegal user .* "
    rf"from {ADDRESS}",
    rf"Connection closed by {WHO} \[preauth\]",
    rf"Connection reset by {WHO} \[preauth\]",
    rf"Connection closed by {SOURCE} \[preauth\]",
    rf"Connection reset by {SOURCE}",
    rf"Received disconnect from {SOURCE}:11: Bye Bye \[preauth\]",
    rf"Received disconnect from {SOURCE}:11: disconnected by user",
    rf"Disconnected from {WHO} \[preauth\]",
    rf"Disconnected from user \S+ {SOURCE}",
    r"error: maximum authentication attempts exceeded for (?:invalid user )?.* "
    rf"from {SOURCE} ssh2 \[preauth\]",
    rf"Disconnecting {WHO}: Too many authentication failures \[preauth\]",
    r"pam_unix\(sshd:session\): session opened for user \S+\(uid=\d+\) by \(uid=0\)",
    r"pam_unix\(sshd:session\): session closed for user \S+",
    rf"Did not receive identification string from {SOURCE}",
    r"error: kex_exchange_identification: client sent invalid protocol identifier "
    r'"GET / HTTP/1\.1"',
    r"error: kex_exchange_identification: read: Connection reset by peer",
    rf"banner exchange: Connection from {SOURCE}: invalid format",
    rf"Unable to negotiate with {SOURCE}: no matching key exchange method found\. "
    r"Their offer: [a-z0-9,-]+ \[preauth\]",
    rf"fatal: Timeout before authentication for {SOURCE}",
    rf"drop connection #\d+ from \[{ADDRESS}\]:\d+ on \[{ADDRESS}\]:22 past MaxStartups",
    r"exited MaxStartups throttling after \d\d:\d\d:\d\d, \d+ connections dropped",
]
# Only OpenSSH 7.2 says these.
OLD_SSHD = [
    r"input_userauth_request: invalid user .* \[preauth\]",
    rf"Connection (?:closed|reset) by {ADDRESS} \[preauth\]",
    rf"Received disconnect from {ADDRESS}: 11: Bye Bye \[preauth\]",
    rf"Received disconnect from {ADDRESS}: 11: disconnected by user",
    rf"Disconnected from {SOURCE}",
    r"Disconnecting: Too many authentication failures \[preauth\]",
    r"pam_unix\(sshd:session\): session opened for user \S+ by \(uid=0\)",
    rf"Bad protocol version identification 'GET / HTTP/1\.1' from {SOURCE}",
]
# Only syslog says these; the journal never does.
REPEATED = [rf"message repeated \d+ times: \[ {FAILED_PASSWORD}\]"]
FAILED_BY = (rf"authentication failure; logname={PERSON} uid=\d+ euid=0 tty=/dev/pts/\d "
             rf"ruser={PERSON} rhost=")
ROOT_BY = rf"session opened for user root\(uid=0\) by {PERSON}\(uid=\d+\)"
SUDO_OF = rf"TTY=pts/\d ; PWD=/home/{PERSON} ; USER=root ; COMMAND=/usr/s?bin/.+"
OTHERS = [
    r"CRON\[\d+\]: pam_unix\(cron:session\): session opened for user root\(uid=0\) by \(uid=0\)",
    r"CRON\[\d+\]: pam_unix\(cron:session\): session closed for user root",
    rf"sudo:    {PERSON} : {SUDO_OF}",
    rf"sudo:    {PERSON} : 3 incorrect password attempts ; {SUDO_OF}",
    rf"sudo: pam_unix\(sudo:session\): {ROOT_BY}",
    r"sudo: pam_unix\(sudo:session\): session closed for user root",
    rf"sudo: pam_unix\(sudo:auth\): {FAILED_BY}  user={PERSON}",
    rf"su\[\d+\]: \(to root\) {PERSON} on pts/\d",
    rf"su\[\d+\]: pam_unix\(su:session\): {ROOT_BY}",
    r"su\[\d+\]: pam_unix\(su:session\): session closed for user root",
    rf"su\[\d+\]: pam_unix\(su:auth\): {FAILED_BY}  user=root",
    rf"su\[\d+\]: FAILED SU \(to root\) {PERSON} on pts/\d",
    rf"passwd\[\d+\]: pam_unix\(passwd:chauthtok\): password changed for {PERSON}",
    r"systemd-logind\[\d+\]: New session \d+ of user \S+\.",
    r"systemd-logind\[\d+\]: Session \d+ logged out\. Waiting for processes to exit\.",
    r"systemd-logind\[\d+\]: Removed session \d+\.",
]
STAMPS = {
    ("rfc3164", "+00:00"): r"(?:May 31|Jun  1) \d\d:\d\d:\d\d",
    ("rfc3339", "+02:00"): r"2026-06-01T\d\d:\d\d:\d\d\.\d{6}\+02:00",
    ("journal", "-03:30"): r"2026-05-31T\d\d:\d\d:\d\d\.\d{6}-0330",
}
PROGRAMS = {"sshd": "sshd", "sshd-session": "sshd(?:-session)?", "mixed": "sshd(?:-session|-auth)?"}


def simulate(vedette, seed, stamp_format, zone, naming):
    command = [vedette, "simulate", "authlog", "--seed", str(seed), "--lines", "60000", "--quiet",
               "--format", stamp_format, "--naming", naming, f"--zone={zone}",
               "--start", "2026-05-31T23:30:00Z"]
    result = subprocess.run(command, capture_output=True, check=True)
    return result.stdout.decode("utf-8").splitlines()


def check(lines, stamp, program, sshd_shapes, other_shapes):
    """The lines that have no shape, and the shapes that were seen."""
    head = re.compile(rf"^{stamp} sim-[a-z0-9-]+ ")
    tag = re.compile(rf"^{program}\[\d+\]: ")
    sshd = [(shape, re.compile(f"(?:{shape})$")) for shape in sshd_shapes]
    others = [(shape, re.compile(f"(?:{shape})$")) for shape in other_shapes]
    seen, wrong = set(), []
    for line in lines:
        begin = head.match(line)
        rest = line[begin.end():] if begin else ""
        tagged = tag.match(rest)
        message = rest[tagged.end():] if tagged else rest
        fitting = next((shape for shape, pattern in (sshd if tagged else others)
                        if pattern.match(message)), None)
        if fitting is None:
            wrong.append(line)
        seen.add(fitting)
    return wrong, seen


def main():
    vedette, bad, unseen = sys.argv[1], 0, set(SSHD + OLD_SSHD + REPEATED + OTHERS)
    runs = [(key, stamp, naming) for key, stamp in STAMPS.items() for naming in PROGRAMS]
    for seed, ((stamp_format, zone), stamp, naming) in enumerate(runs, 31):
        shapes = SSHD + (OLD_SSHD if naming == "sshd" else [])
        shapes += REPEATED if stamp_format != "journal" else []
        lines = simulate(vedette, seed, stamp_format, zone, naming)
        wrong, seen = check(lines, stamp, PROGRAMS[naming], shapes, OTHERS)
        unseen -= seen
        bad += len(wrong)
        print(f"{stamp_format} {naming}: {len(lines)} lines, {len(wrong)} without a shape")
        for text in wrong[:5]:
            print("   ", ascii(text))
    for shape in sorted(unseen):
        print("never seen:", shape)
    return 1 if bad or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
