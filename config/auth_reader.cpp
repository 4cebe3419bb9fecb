#include "config/named.hpp"
#include "config/tenant_reader.hpp"
#include "config/text_file.hpp"

#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>

namespace tidemark {

namespace {

constexpr std::size_t max_secret_bytes = 64 * 1024;

enum class auth_method : std::uint8_t { tba, oauth2, none };

constexpr name_table<auth_method, 3> methods{
    {{auth_method::tba, "tba"}, {auth_method::oauth2, "oauth2"}, {auth_method::none, "none"}}};

constexpr name_table<signing_algorithm, 6> algorithms{{{signing_algorithm::ps256, "PS256"},
                                                       {signing_algorithm::ps384, "PS384"},
                                                       {signing_algorithm::ps512, "PS512"},
                                                       {signing_algorithm::es256, "ES256"},
                                                       {signing_algorithm::es384, "ES384"},
                                                       {signing_algorithm::es512, "ES512"}}};

/// Reads the credentials of one tenant. A message never repeats what was read.
class secret_reader {
public:
  secret_reader(toml_section& auth, const tenant_context& context, bool loopback)
      : auth_(auth), context_(context), loopback_(loopback) {}

  /// A credential of one line, or "" after a problem.
  std::string line(std::string_view key) {
    auto result = value(key);
    if (!has_control(result)) return result;
    auth_.problem(key, "holds a line break or another control character; a credential is one line");
    return {};
  }

  /// A private key as PEM text, or "" after a problem.
  std::string private_key(std::string_view key) {
    auto result = value(key);
    if (result.empty()) return {};
    const bool pem = result.contains("-----BEGIN ") && result.contains("PRIVATE KEY-----");
    const bool encrypted = result.contains("ENCRYPTED");
    if (pem && !encrypted) return result;
    auth_.problem(key, pem ? "is encrypted with a pass phrase, which nobody could enter at a start; keep it "
                             "without one in a file of mode 600"
                           : "is not a private key in PEM form (-----BEGIN PRIVATE KEY-----); give the key "
                             "itself as file:PATH");
    return {};
  }

private:
  std::string value(std::string_view key) {
    const auto text = auth_.raw_text(key);
    if (!text) {
      if (!auth_.has(key)) auth_.missing(key, "give it as env:NAME or file:PATH");
      return {};
    }
    auto result = text->starts_with("env:")    ? from_environment(key, text->substr(4))
                  : text->starts_with("file:") ? from_file(key, text->substr(5))
                                               : in_place(key, *text);
    if (!result) return {};
    while (result->ends_with('\n') || result->ends_with('\r')) result->pop_back();
    if (result->empty()) auth_.problem(key, "is empty where it comes from; put the credential there");
    return *std::move(result);
  }

  std::optional<std::string> from_environment(std::string_view key, const std::string& name) {
    auto result = context_.env(name);
    if (!result)
      auth_.problem(
          key, fmt::format("needs the environment variable {}, which is not set; set it before the start",
                           in_quotes(name)));
    return result;
  }

  std::optional<std::string> from_file(std::string_view key, const std::string& name) {
    if (has_control(name)) {
      auth_.problem(key, "names a file with a line break or another control character; correct file:PATH");
      return std::nullopt;
    }
    const auto file = context_.folder / name;
    auto content = read_text_file(file, max_secret_bytes);
    if (!content)
      auth_.problem(key, fmt::format("is not available: {}; correct file:PATH", content.error().message));
    else if (content->open_to_others)
      auth_.problem(key, fmt::format("stands in {}, which its group or others may use; run chmod 600 on it",
                                     file.string()));
    else if (content->is_strangers)
      auth_.problem(key,
                    fmt::format("stands in {}, which belongs to another user; make it the node's own (chown)",
                                file.string()));
    else
      return std::move(content->text);
    return std::nullopt;
  }

  std::optional<std::string> in_place(std::string_view key, const std::string& text) {
    // Against a simulator on this machine a credential is no secret.
    if (!context_.open_to_others || loopback_) return text;
    auth_.problem(key, "is a secret in a file that its group or others may use; run chmod 600 on this file, "
                       "or give it as env:NAME or file:PATH");
    return std::nullopt;
  }

  toml_section& auth_;
  const tenant_context& context_;
  bool loopback_;
};

} // namespace

std::string_view to_string(signing_algorithm algorithm) noexcept { return name_of(algorithms, algorithm); }

auth_config read_auth(toml_section& auth, const tenant_context& context, bool loopback) {
  if (!auth.has("method")) {
    auth.missing("method", "say " + names_in(methods));
    return no_auth{};
  }
  std::optional<auth_method> method;
  if (auto name = auth.text("method")) {
    method = value_of(methods, *name);
    if (!method) auth.problem("method", toml_section::not_one_of(*name, names_in(methods)));
  }
  if (!method) return no_auth{};
  secret_reader read{auth, context, loopback};
  auth_config result;
  switch (*method) {
  case auth_method::tba:
    result = tba_auth{secret{read.line("consumer_key")}, secret{read.line("consumer_secret")},
                      secret{read.line("token")}, secret{read.line("token_secret")}};
    break;
  case auth_method::oauth2: {
    oauth2_auth oauth2{read.line("client_id"), read.line("certificate_id"),
                       secret{read.private_key("private_key")}};
    auth.choice("algorithm", algorithms, oauth2.algorithm);
    result = std::move(oauth2);
    break;
  }
  case auth_method::none:
    if (!loopback)
      auth.problem("method", "is none, which is only for a base_url on this machine; use tba or oauth2");
    break;
  }
  auth.refuse_unknown();
  return result;
}

} // namespace tidemark
