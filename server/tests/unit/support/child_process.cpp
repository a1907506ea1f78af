#include "tests/unit/support/child_process.hpp"

#include <csignal>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace linnet::testing {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(probe);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return connected;
}

child_process::child_process(std::vector<std::string> command, std::string user)
    : command_(std::move(command)), user_(std::move(user)) {
  start();
}

child_process::~child_process() {
  if (pid_) stop(SIGKILL);
}

void child_process::start() {
  std::vector<char*> words;
  for (auto& word : command_) words.push_back(word.data());
  words.push_back(nullptr);
  const passwd* identity = geteuid() == 0 ? getpwnam(user_.c_str()) : nullptr;
  if (geteuid() == 0 && !identity) throw std::runtime_error("no user " + user_);
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

  pid_ = fork();
  if (pid_ == 0) {
    if (identity && (setgid(identity->pw_gid) != 0 || setuid(identity->pw_uid) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // also when the tests crash; after setuid, which resets it
    for (const int fd : {0, 1, 2}) dup2(nowhere, fd);
    if (chdir("/") == 0) execvp(words[0], words.data());
    _exit(127);
  }
  close(nowhere);
  if (pid_ < 0) throw std::runtime_error("fork failed");
}

void child_process::signal(int number) const {
  kill(pid_, number);
}

void child_process::pause() const {
  signal(SIGSTOP);
  waitpid(pid_, nullptr, WUNTRACED);
}

void child_process::resume() const {
  signal(SIGCONT);
}

int child_process::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void child_process::stop(int number) {
  signal(number);
  signal(SIGCONT);
  wait();
}

}  // namespace linnet::testing
