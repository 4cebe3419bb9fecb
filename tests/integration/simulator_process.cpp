#include "simulator_process.hpp"

#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto start_patience = 20s;
constexpr long ask_seconds = 20;
constexpr std::string_view ready = "ready http=";

/// One line of the descriptor; throws if none comes in time.
std::string read_line(int from) {
  const auto deadline = std::chrono::steady_clock::now() + start_patience;
  std::string line;
  while (!line.ends_with('\n')) {
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd readable{from, POLLIN, 0};
    char next = 0;
    if (left <= 0ms || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0
        || ::read(from, &next, 1) != 1)
      throw std::runtime_error("netsuite-sim did not start");
    line += next;
  }
  line.pop_back();
  return line;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  std::vector<char*> words{const_cast<char*>(TIDEMARK_SIMULATOR)};
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(words.front(), words.data());
  ::_exit(127);
}

std::size_t append(const char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

} // namespace

simulator_process::simulator_process(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--port", "0", "--quiet"});
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("no process");
  if (process_ == 0) become(arguments, ends[1]);
  ::close(ends[1]);
  output_ = ends[0];
  auto line = read_line(output_);
  if (!line.starts_with(ready)) throw std::runtime_error("netsuite-sim said: " + line);
  url_ = line.substr(ready.size());
}

simulator_process::~simulator_process() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
}

json simulator_process::ask(const std::string& path, const json& body) const {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> call{curl_easy_init(), curl_easy_cleanup};
  auto address = url_ + "/admin/" + path;
  auto text = body.dump();
  std::string answer;
  curl_easy_setopt(call.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(call.get(), CURLOPT_TIMEOUT, ask_seconds);
  curl_easy_setopt(call.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(call.get(), CURLOPT_WRITEDATA, &answer);
  if (!body.is_null()) curl_easy_setopt(call.get(), CURLOPT_POSTFIELDS, text.c_str());
  if (auto code = curl_easy_perform(call.get()); code != CURLE_OK)
    throw std::runtime_error("netsuite-sim: " + path + ": " + curl_easy_strerror(code));
  auto result = json::parse(answer);
  if (result.is_object() && result.contains("error"))
    throw std::runtime_error("netsuite-sim: " + path + ": " + result["error"].get<std::string>());
  return result;
}

} // namespace tidemark
