#include "config/logging.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include <date/date.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "messages/plain_line.hpp"

namespace tidemark {

namespace {

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
  case log_level::trace: return spdlog::level::trace;
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warning: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  case log_level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("tidemark", std::move(sink));
  // Levels are ours, by component; lines come to spdlog finished.
  logger->set_level(spdlog::level::trace);
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::info);
  return logger;
}

/// What entries are written by. Replaced as a whole when logging is started again.
struct log_state {
  log_level level = log_level::info;
  log_format format = log_format::text;
  std::map<std::string, log_level, std::less<>> components;
  std::shared_ptr<spdlog::logger> logger = make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());

  log_level level_of(std::string_view component) const {
    auto found = components.find(component);
    return found == components.end() ? level : found->second;
  }
};

std::shared_mutex guard;

log_state& current() {
  static log_state state;
  return state;
}

std::string timestamp() {
  auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return date::format("%FT%TZ", now);
}

std::string as_json(log_level level, std::string_view component, std::string_view event,
                    std::string_view text) {
  nlohmann::ordered_json line{{"at", timestamp()},
                              {"level", to_string(level)},
                              {"component", component},
                              {"event", event},
                              {"text", text}};
  // In ASCII: what a terminal would obey is escaped.
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string as_text(log_level level, std::string_view component, std::string_view event,
                    std::string_view text) {
  return fmt::format("{} {:<7} {:<10} {:<16} {}", timestamp(), to_string(level), component, event,
                     plain_line(text)); // nobody can forge entries
}

} // namespace

outcome<void> start_logging(const log_config& config) {
  log_state next;
  next.level = config.level;
  next.format = config.format;
  next.components.insert(config.components.begin(), config.components.end());
  if (config.file) {
    try {
      next.logger = make_logger(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          config.file->string(), config.max_size, config.max_files));
    } catch (const spdlog::spdlog_ex& problem) {
      return fail(
          ec::bad_config,
          fmt::format("the log file {} cannot be written: {}; correct [log] file, or leave it out to log to "
                      "standard error",
                      config.file->string(), problem.what()),
          config.file->string());
    }
  }
  std::unique_lock lock{guard};
  current() = std::move(next);
  return {};
}

bool logs(std::string_view component, log_level level) noexcept {
  std::shared_lock lock{guard};
  return level != log_level::off && level >= current().level_of(component);
}

void log_text(log_level level, std::string_view component, std::string_view event, std::string_view text) {
  std::shared_lock lock{guard};
  auto& state = current();
  if (level == log_level::off || level < state.level_of(component)) return;
  state.logger->log(to_spdlog(level), state.format == log_format::json
                                          ? as_json(level, component, event, text)
                                          : as_text(level, component, event, text));
}

} // namespace tidemark
