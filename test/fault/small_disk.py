"""A tmpfs that is soon full. Needs root; `mounted` says whether it is there."""
import ctypes
import os


class SmallDisk:
    def __init__(self, place, megabytes):
        place.mkdir(mode=0o700)
        self.place, self.ballast = place, place / "ballast"
        mounted = ctypes.CDLL(None, use_errno=True).mount(
            b"tmpfs", bytes(place), b"tmpfs", 0, f"size={megabytes}m,mode=700".encode())
        self.mounted = mounted == 0

    def free(self):
        state = os.statvfs(self.place)
        return state.f_bavail * state.f_frsize

    def fill(self, leave):
        """Until that much is free; 0: as far as it goes."""
        with open(self.ballast, "ab", buffering=0) as file:
            try:
                while (more := self.free() - leave) > 0:
                    file.write(b"x" * min(more, 1_000_000))
            except OSError:
                pass

    def unmount(self):
        ctypes.CDLL(None).umount2(bytes(self.place), 2)
