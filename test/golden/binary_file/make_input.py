"""A program in place of a log: random bytes, then an attack, then random bytes again."""
import random

random.seed(7)
LINE = "Jun  1 10:00:0%d web1 sshd[%d]: Failed password for root from 192.0.2.1 port 5000%d ssh2\n"
with open("auth.log", "wb") as file:
    file.write(b"\x7fELF" + random.randbytes(300_000) + b"\n")
    for number in range(3):
        file.write((LINE % (number, number, number)).encode())
    file.write(random.randbytes(300_000))
