#include "netsuite/error_body.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using json = nlohmann::json;

// Error pages are short; what comes later says nothing new.
constexpr std::size_t longest_page = std::size_t{64} << 10;

void collect_code(const json& object, error_body& out) {
  const auto found = object.find("o:errorCode");
  if (found != object.end() && found->is_string()) out.codes.push_back(found->get<std::string>());
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

void collect_detail(const json& detail, error_body& out) {
  if (!detail.is_object()) return;
  collect_code(detail, out);
  auto text = text_of(detail, "detail");
  if (text.empty()) return;
  if (!out.text.empty()) out.text += ' ';
  out.text += text;
  out.details.push_back(std::move(text));
}

std::string without_markup(std::string_view page) {
  std::string out;
  bool in_tag = false;
  for (const char c : page.substr(0, longest_page)) {
    if (c == '<') in_tag = true;
    if (!in_tag) out += c;
    if (c == '>' && in_tag) {
      in_tag = false;
      out += ' ';
    }
  }
  return out;
}

} // namespace

error_body read_error_body(std::string_view body) {
  error_body out;
  const auto envelope = body.size() <= longest_page ? json::parse(body, nullptr, false) : json{};
  if (!envelope.is_object()) {
    out.text = without_markup(body);
    return out;
  }
  if (const auto details = envelope.find("o:errorDetails"); details != envelope.end() && details->is_array())
    for (const auto& detail : *details) collect_detail(detail, out);
  collect_code(envelope, out);
  out.own_codes = out.codes.size();
  // RESTlets and gateways have shapes of their own.
  if (const auto error = envelope.find("error"); error != envelope.end() && error->is_object()) {
    if (auto code = text_of(*error, "code"); !code.empty()) out.codes.push_back(std::move(code));
    if (out.text.empty()) out.text = text_of(*error, "message");
  }
  out.token_error = text_of(envelope, "error");
  for (const auto* name : {"detail", "message", "error_description", "title"})
    if (out.text.empty()) out.text = text_of(envelope, name);
  return out;
}

} // namespace tidemark
