#include "tools/tidemark/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace tidemark::cli {

namespace {

constexpr std::string_view overview =
    R"(tidemark talks to a tidemark node: starts imports, follows, pauses and cancels them.

usage: tidemark [--node unix:PATH] [--json] COMMAND

  import start TENANT RECORD_TYPE [--wait]
                               import a record type with all it depends on;
                               --wait stays and shows how it goes
  import status ID             how an import stands
  import watch ID              follow an import until it ends
  import cancel ID             cancel an import; answers when nothing runs any more
  import pause ID              let an import rest, also over restarts of the node
  import resume ID [--wait]    let a paused import go on
  import list [--tenant T] [--limit N]
                               the imports of the node, newest first
  record-types                 what can be imported
  plan TENANT RECORD_TYPE      a dry run: waves, batches and expected requests
  node status                  the node, its tenants and its NetSuite accounts
  version                      the version of this program
  help [COMMAND]               this text, or more about one command

  --node unix:PATH             the node's socket; without it $TIDEMARK_NODE, then
                               data/control.sock below the current directory
  --json                       one JSON object per line instead of text

exit codes: 0 done, 2 usage or refused, 3 completed with errors, 4 failed, 5 cancelled,
6 node unreachable or lost, 7 paused, 130 detached by Ctrl-C
)";

/// The parser and the values that it fills. A new one for each command line: CLI11 keeps what it has read.
class grammar {
public:
  grammar();
  grammar(const grammar&) = delete;
  grammar& operator=(const grammar&) = delete;

  attempt<invocation> parse(std::vector<std::string> words);

private:
  void add_import_commands();
  void add_other_commands();
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& about);
  static void take_argument(CLI::App& to, const std::string& name, std::string& value,
                            const std::string& about);

  std::string help_for(const std::vector<std::string>& topic);
  /// The command that the words reached, as far as they were understood, and its words.
  const CLI::App& reached() const;
  std::string reached_words() const;
  trouble explain(const CLI::ParseError& error) const;

  CLI::App app_{"Talks to a tidemark node.", "tidemark"};
  std::string node_;
  bool json_ = false;
  std::string tenant_;
  std::string record_type_;
  std::string id_;
  std::uint32_t limit_ = import_list_command{}.limit;
  bool wait_ = false;
  std::vector<std::string> topic_;
  command what_ = help_command{std::string{overview}};
};

grammar::grammar() {
  app_.add_option("--node", node_, "the node's socket, as unix:PATH")->type_name("ADDRESS");
  app_.add_flag("--json", json_, "one JSON object per line");
  app_.require_subcommand(0, 1);
  add_import_commands();
  add_other_commands();
}

void grammar::add_import_commands() {
  auto* import = add(app_, "import", "Start, follow, pause and cancel imports.");
  import->require_subcommand(1);

  auto* start =
      add(*import, "start",
          "Import a record type with all that it depends on. If such an import is under way already, it "
          "is the answer; a paused one goes on.");
  take_argument(*start, "TENANT", tenant_, "the tenant's id");
  take_argument(*start, "RECORD_TYPE", record_type_, "the main record type");
  start->add_flag("--wait", wait_, "stay until the import ends; Ctrl-C detaches, the import goes on");
  start->callback([this] { what_ = import_start_command{tenant_, record_type_, wait_}; });

  auto* status = add(*import, "status", "Show how an import stands.");
  take_argument(*status, "ID", id_, "the import's id");
  status->callback([this] { what_ = import_status_command{id_}; });

  auto* watch = add(*import, "watch", "Follow an import until it ends. Ctrl-C detaches, the import goes on.");
  take_argument(*watch, "ID", id_, "the import's id");
  watch->callback([this] { what_ = import_watch_command{id_}; });

  auto* cancel =
      add(*import, "cancel", "Cancel an import. Answers with the receipt when nothing of it runs any more.");
  take_argument(*cancel, "ID", id_, "the import's id");
  cancel->callback([this] { what_ = import_cancel_command{id_}; });

  auto* pause = add(
      *import, "pause",
      "Let an import rest until it is resumed, also over restarts of the node. Requests that are open may "
      "end first; answers when nothing of it runs any more.");
  take_argument(*pause, "ID", id_, "the import's id");
  pause->callback([this] { what_ = import_pause_command{id_}; });

  auto* resume = add(*import, "resume", "Let a paused import go on, whatever paused it.");
  take_argument(*resume, "ID", id_, "the import's id");
  resume->add_flag("--wait", wait_, "stay until the import ends; Ctrl-C detaches, the import goes on");
  resume->callback([this] { what_ = import_resume_command{id_, wait_}; });

  auto* list = add(*import, "list", "List imports, newest first.");
  list->add_option("--tenant", tenant_, "only those of this tenant")->type_name("TENANT");
  list->add_option("--limit", limit_, "at most so many")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  list->callback([this] { what_ = import_list_command{tenant_, limit_}; });
}

void grammar::add_other_commands() {
  add(app_, "record-types", "List what can be imported.")->callback([this] {
    what_ = record_types_command{};
  });

  auto* plan = add(app_, "plan", "A dry run: plans against NetSuite, fetches and stores nothing.");
  take_argument(*plan, "TENANT", tenant_, "the tenant's id");
  take_argument(*plan, "RECORD_TYPE", record_type_, "the main record type");
  plan->callback([this] { what_ = plan_command{tenant_, record_type_}; });

  auto* node = add(app_, "node", "About the node.");
  node->require_subcommand(1);
  add(*node, "status", "Show the node, its tenants and its NetSuite accounts.")->callback([this] {
    what_ = node_status_command{};
  });

  add(app_, "version", "Show the version of this program.")->callback([this] { what_ = version_command{}; });

  auto* help = add(app_, "help", "Show help, in general or about one command.");
  help->add_option("COMMAND", topic_, "the words of the command")->type_name("");
  help->callback([this] { what_ = help_command{help_for(topic_)}; });
}

CLI::App* grammar::add(CLI::App& parent, const std::string& name, const std::string& about) {
  auto* added = parent.add_subcommand(name, about);
  // So that --json and --node may stand anywhere.
  added->fallthrough();
  return added;
}

void grammar::take_argument(CLI::App& to, const std::string& name, std::string& value,
                            const std::string& about) {
  auto not_empty = CLI::Validator{[](std::string& text) { return text.empty() ? "is empty" : ""; }, ""};
  to.add_option(name, value, about)->required()->type_name("")->check(not_empty);
}

std::string grammar::help_for(const std::vector<std::string>& topic) {
  const auto* at = &app_;
  for (auto& word : topic) at = at->get_subcommand(word);
  if (at == &app_) return std::string{overview};
  // The full name, as it is typed.
  auto name = at->get_name();
  for (auto* up = at->get_parent(); up != nullptr; up = up->get_parent()) name = up->get_name() + " " + name;
  return app_.get_formatter()->make_help(at, name, CLI::AppFormatMode::Normal);
}

const CLI::App& grammar::reached() const {
  const auto* at = &app_;
  for (auto inner = at->get_subcommands(); !inner.empty(); inner = at->get_subcommands()) at = inner.front();
  return *at;
}

std::string grammar::reached_words() const {
  std::string name;
  for (auto* up = &reached(); up != &app_; up = up->get_parent())
    name = name.empty() ? up->get_name() : up->get_name() + " " + name;
  return name;
}

trouble grammar::explain(const CLI::ParseError& error) const {
  auto at = reached_words();
  auto help = at.empty() ? "tidemark help" : "tidemark help " + at;
  auto choices = reached().get_subcommands([](const CLI::App*) { return true; });
  if (!choices.empty()) {
    auto unknown = app_.remaining(true);
    if (!unknown.empty() && !unknown.front().starts_with('-'))
      return {exit_code::refused, fmt::format("there is no command \"{}{}{}\"; see {}", at,
                                              at.empty() ? "" : " ", unknown.front(), help)};
    std::vector<std::string> names;
    for (auto* choice : choices) names.push_back(choice->get_name());
    if (unknown.empty() && !at.empty())
      return {exit_code::refused,
              fmt::format("{} what? one of {}; see {}", at, fmt::join(names, ", "), help)};
  }
  std::string sentence = error.what();
  if (auto end = sentence.find('\n'); end != std::string::npos) sentence.resize(end);
  // Our sentences are lower case, but ID and --node keep theirs.
  if (sentence.size() > 1 && std::islower(static_cast<unsigned char>(sentence[1])) != 0)
    sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
  return {exit_code::refused, fmt::format("{}{}{}; see {}", at, at.empty() ? "" : ": ", sentence, help)};
}

attempt<invocation> grammar::parse(std::vector<std::string> words) {
  try {
    std::ranges::reverse(words); // CLI11 takes them from the back
    app_.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    std::vector<std::string> topic;
    for (auto* up = &reached(); up != &app_; up = up->get_parent())
      topic.insert(topic.begin(), up->get_name());
    what_ = help_command{help_for(topic)};
  } catch (const CLI::OptionNotFound&) {
    return std::unexpected(
        trouble{exit_code::refused,
                fmt::format("there is no command \"{}\"; see tidemark help", fmt::join(topic_, " "))});
  } catch (const CLI::ParseError& error) {
    return std::unexpected(explain(error));
  }
  return invocation{node_, json_, what_};
}

} // namespace

attempt<invocation> parse_command_line(const std::vector<std::string>& words) {
  return grammar{}.parse(words);
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
