"""sshd is replaced by one that writes other words, and after a while by one that is known again."""
with open("auth.log", "w", encoding="ascii") as file:
    def write(minute, message, count):
        for number in range(count):
            file.write(f"Jun  1 10:{minute:02}:{number * 60 // count:02} web1 sshd[{minute * 1000 + number}]: {message}\n")

    write(0, "Connection closed by 192.0.2.1 port 50001 [preauth]", 300)
    write(1, "Zugang verweigert: root, 192.0.2.1", 300)
    write(2, "Connection closed by 192.0.2.1 port 50001 [preauth]", 3000)
