"""The server's cores, and the client's: one that shared the server's could never send five times what that can do."""
import os


def divide():
    """Two halves; the same single core twice, where there is no other."""
    cores = sorted(os.sched_getaffinity(0))
    middle = len(cores) // 2
    return (cores[:middle], cores[middle:]) if middle else (cores, cores)


def use(cores):
    """From now on, also by what is started."""
    os.sched_setaffinity(0, cores)


def left_over(cores):
    """What begins the command of a program that has these while nobody else wants them."""
    return ["taskset", "--cpu-list", ",".join(map(str, cores)), "chrt", "--idle", "0"]
