#include "messages/alerts.hpp"

namespace tidemark {

std::string_view to_string(alert_level level) noexcept {
  switch (level) {
  case alert_level::notice: return "notice";
  case alert_level::warning: return "warning";
  case alert_level::error: return "error";
  }
  return "unknown";
}

std::string to_string(const alert_subject& about) {
  std::string text;
  auto add = [&](const char* word, const std::string& value) {
    if (value.empty()) return;
    if (!text.empty()) text += ", ";
    text += word + value;
  };
  if (!about.import_id.empty())
    add("import ", about.import_id); // its id begins with its tenant
  else
    add("tenant ", about.tenant);
  add("account ", about.account);
  add("", about.name);
  return text.empty() ? "node" : text;
}

} // namespace tidemark
