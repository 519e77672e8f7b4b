"""Lines beyond the 1 MB that is kept of a line: the head counts, the tail is passed over."""
LINE = "Jun  1 10:00:0%d web1 sshd[%d]: Failed password for root from 192.0.2.1 port 5000%d ssh2"
with open("auth.log", "w", encoding="ascii") as file:
    file.write(LINE % (0, 0, 0) + "\n")
    file.write("Jun  1 10:00:01 web1 sshd[1]: Invalid user " + "x" * 3_000_000 + "\n")
    file.write(LINE % (2, 2, 2) + "\n")
    file.write("y" * 1_048_576 + LINE % (3, 3, 3) + "\n")  # what looks like a line begins beyond the limit
    file.write(LINE % (4, 4, 4) + "\n")
    file.write("z" * 5_000_000)  # and an end that never comes
