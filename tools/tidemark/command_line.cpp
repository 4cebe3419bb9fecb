#include "tools/tidemark/command_line.hpp"

#include "config/nearest.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/help_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

namespace tidemark::cli {

namespace {

std::vector<std::string> names_of(const std::vector<const CLI::App*>& parsers) {
  std::vector<std::string> names;
  for (auto* x : parsers) names.push_back(x->get_name());
  return names;
}

/// The commands as CLI11 sees them. A new one for each line: CLI11 keeps what it has read.
class reader {
public:
  reader(const grammar& all, bool in_session);
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  attempt<invocation> parse(std::vector<std::string> words);

private:
  void add(const command_entry& entry);
  /// What the words of a command fill.
  struct filled {
    std::any input;
    std::vector<import_word> imports;
    std::deque<std::pair<const parameter*, std::string>> flags; ///< that may be given with =, as given
  };
  static void add(CLI::App& to, const parameter& what, filled& input);
  static void put(filled& input, const parameter& what, const std::string& word);
  CLI::App* parser_for(const std::string& words);

  /// The command that the words reached, as far as they were understood, and its words.
  const CLI::App& reached() const;
  std::string reached_words() const;
  command help_for(const std::string& words) const;
  trouble explain(const CLI::ParseError& error) const;
  std::string nearest_option() const;

  /// How help about these words is asked for here.
  std::string help_on(const std::string& words) const {
    return (in_session_ ? "help" : "tidemark help") + (words.empty() ? "" : " " + words);
  }

  const grammar& all_;
  bool in_session_;
  CLI::App app_{"Talks to a tidemark node.", "tidemark"};
  std::string node_;
  bool json_ = false;
  bool quiet_ = false;
  bool stops_at_failure_ = false;
  bool version_ = false;
  std::optional<std::string> script_;
  std::deque<filled> inputs_; ///< of each command
  std::optional<command> what_;
};

reader::reader(const grammar& all, bool in_session) : all_(all), in_session_(in_session) {
  app_.add_flag("--json", json_);
  app_.add_flag("--quiet,-q", quiet_);
  if (!in_session) {
    app_.add_flag("--stop-at-failure,-e", stops_at_failure_);
    app_.add_flag("--version", version_);
    app_.add_option("--node", node_);
    app_.add_option("-c", script_)->type_name("COMMANDS");
  }
  // One only: what follows "help" are words, not commands.
  app_.require_subcommand(0, 1);
  for (auto& group : all.groups()) {
    if (group.in_session && !in_session) continue;
    for (auto& entry : group.entries) add(entry);
  }
}

/// The parser for these words; made if it is not there.
CLI::App* reader::parser_for(const std::string& words) {
  auto* at = &app_;
  std::istringstream in{words};
  for (std::string word; in >> word;) {
    auto known = at->get_subcommands([&](const CLI::App* x) { return x->get_name() == word; });
    at = known.empty() ? at->add_subcommand(word) : known.front();
    // So that --json and --node may stand anywhere.
    at->fallthrough();
  }
  return at;
}

void reader::add(const command_entry& entry) {
  auto& to = *parser_for(entry.words);
  auto& input = inputs_.emplace_back(filled{entry.blank, {}, {}});
  for (auto& x : entry.parameters) add(to, x, input);
  to.callback([this, &entry, &to, &input] {
    if (!to.get_subcommands().empty()) return;
    for (auto& [what, word] : input.flags)
      if (to.count(what->name) > 0) put(input, *what, word == "true" ? std::string{} : word);
    if (auto complaint = entry.check ? entry.check(input.input) : std::string{}; !complaint.empty())
      throw CLI::ValidationError{complaint};
    what_ = command{entry, input.input, input.imports};
  });
}

void reader::put(filled& input, const parameter& what, const std::string& word) {
  if (auto complaint = what.put(input.input, word); !complaint.empty())
    throw CLI::ValidationError{what.name, complaint};
  if (what.kind == word_kind::import_id) input.imports.push_back({&what, word});
}

void reader::add(CLI::App& to, const parameter& what, filled& input) {
  auto put_word = [&what, &input](const std::string& word) { put(input, what, word); };
  if (what.is_flag_with_choices()) {
    to.add_flag(what.name, input.flags.emplace_back(&what, std::string{}).second);
    return;
  }
  if (!what.takes_value()) {
    to.add_flag_callback(what.name, [put_word] { put_word({}); });
    return;
  }
  CLI::Option* added = nullptr;
  if (what.many)
    added = to.add_option_function<std::vector<std::string>>(
        what.name,
        [put_word](const std::vector<std::string>& words) { std::ranges::for_each(words, put_word); });
  else
    added = to.add_option_function<std::string>(what.name, put_word);
  added->required(what.required);
}

const CLI::App& reader::reached() const {
  const auto* at = &app_;
  for (auto inner = at->get_subcommands(); !inner.empty(); inner = at->get_subcommands()) at = inner.front();
  return *at;
}

std::string reader::reached_words() const {
  std::string name;
  for (auto* up = &reached(); up != &app_; up = up->get_parent())
    name = name.empty() ? up->get_name() : up->get_name() + " " + name;
  return name;
}

command reader::help_for(const std::string& words) const {
  help_words input;
  std::istringstream in{words};
  for (std::string word; in >> word;) input.topic.push_back(word);
  return {*all_.find("help"), input};
}

trouble reader::explain(const CLI::ParseError& error) const {
  auto at = reached_words();
  auto choices = reached().get_subcommands([](const CLI::App*) { return true; });
  if (!choices.empty()) {
    auto unknown = app_.remaining(true);
    if (!unknown.empty() && !unknown.front().starts_with('-')) {
      auto names = names_of(choices);
      auto close = nearest_names(unknown.front(), std::vector<std::string_view>{names.begin(), names.end()});
      return {exit_code::refused,
              fmt::format("there is no command \"{}{}{}\"{} see {}", at, at.empty() ? "" : " ",
                          unknown.front(), close.empty() ? ";" : did_you_mean(close), help_on(at))};
    }
  }
  std::string sentence = error.what() + nearest_option();
  if (auto end = sentence.find('\n'); end != std::string::npos) sentence.resize(end);
  // Our sentences are lower case, but ID and --node keep theirs.
  if (sentence.size() > 1 && std::islower(static_cast<unsigned char>(sentence[1])) != 0)
    sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
  return {exit_code::refused, fmt::format("{}{}{}{} see {}", at, at.empty() ? "" : ": ", sentence,
                                          sentence.ends_with('?') ? "" : ";", help_on(at))};
}

/// The options that an unknown one may have been meant as.
std::string reader::nearest_option() const {
  auto unknown = app_.remaining(true);
  auto found = std::ranges::find_if(unknown, [](auto& x) { return x.starts_with("--"); });
  if (found == unknown.end()) return {};
  std::vector<std::string_view> names{"--json", "--quiet"};
  if (!in_session_) names.insert(names.end(), {"--node", "--stop-at-failure", "--version"});
  if (auto* entry = all_.find(reached_words()))
    for (auto& x : entry->parameters)
      if (x.is_option()) names.push_back(x.name);
  return did_you_mean(nearest_names(std::string_view{*found}.substr(0, found->find('=')), names));
}

attempt<invocation> reader::parse(std::vector<std::string> words) {
  try {
    std::ranges::reverse(words); // CLI11 takes them from the back
    app_.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    what_ = help_for(reached_words());
  } catch (const CLI::ParseError& error) {
    return std::unexpected(explain(error));
  }
  if (version_) what_ = command{*all_.find("version"), all_.find("version")->blank};
  if (auto at = reached_words(); !at.empty() && !what_) {
    auto choices = reached().get_subcommands([](const CLI::App*) { return true; });
    return std::unexpected(
        trouble{exit_code::refused, fmt::format("{} what? one of {}; see {}", at,
                                                fmt::join(names_of(choices), ", "), help_on(at))});
  }
  return invocation{node_, json_, quiet_, stops_at_failure_, script_, what_};
}

} // namespace

attempt<invocation> parse_command_line(const std::vector<std::string>& words) {
  return reader{commands(), false}.parse(words);
}

attempt<invocation> parse_in_session(const std::vector<std::string>& words) {
  return reader{commands(), true}.parse(words);
}

bool wants_json(const std::vector<std::string>& words) {
  return std::ranges::find(words, "--json") != words.end();
}

attempt<std::string> socket_path(const std::string& given, const char* environment) {
  constexpr std::string_view scheme = "unix:";
  constexpr std::string_view default_path = "data/control.sock";
  bool from_environment = given.empty() && environment != nullptr && *environment != '\0';
  auto address = from_environment ? std::string{environment} : given;
  if (address.empty()) return std::string{default_path};
  if (address.starts_with(scheme) && address.size() > scheme.size()) return address.substr(scheme.size());
  return std::unexpected(trouble{
      exit_code::refused, fmt::format("{} is \"{}\"; a node's address is unix: and the path of its socket, "
                                      "such as unix:{}",
                                      from_environment ? "TIDEMARK_NODE" : "--node", address, default_path)});
}

} // namespace tidemark::cli
