#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/follow_all.hpp"
#include "tools/tidemark/follow_import.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

constexpr std::uint32_t usual_sample = 60; // without a fault: at most 4.9 % of all ranges have one
constexpr std::uint32_t largest_sample = 1'000'000;
constexpr const char* waiting = "stay until the import ends; Ctrl-C detaches, the import goes on";

struct start_words : start_import {
  bool wait = false;
  bool verifies = true;
  bool says_verify = false;
};

struct verify_words : start_import {
  verify_words() { mode = import_mode::verify; }
};

struct resume_words : resume_import {
  bool wait = false;
};

struct retry_words : retry_import {
  bool wait = false;
};

struct list_words : list_imports {
  list_words() { limit = 20; }
};

struct watch_words {
  std::string id;
};

/// The wish to end came before the answer.
template <class Answer>
bool detached(const attempt<Answer>& answer) {
  return !answer && answer.error().code >= exit_code::interrupted;
}

exit_code follow(const std::string& id, const import_status* started, const surroundings& with) {
  auto status = follow_import(with, id, started);
  if (!status) return complain(with.to, status.error());
  bool errors = status->state == import_state::failed || status->state == import_state::completed_with_errors;
  if (errors && !with.to.json)
    with.to.say({{fmt::format("\"{}\" shows the errors", with.call("import status " + id)), tone::dim}});
  return exit_code_of(status->state);
}

/// Tells of an import that was started or resumed, and stays with it if that is wanted.
exit_code begun(const attempt<import_status>& status, bool wait, const surroundings& with) {
  if (status && wait) return follow(status->id, &*status, with);
  if (!status || with.to.json) return tell(with.to, status);
  with.to.say({{"import "},
               {status->id, tone::strong},
               {fmt::format(" of {} for tenant {} is ", status->record_type, status->tenant)},
               {std::string{to_string(status->state)}, tone_of(status->state)}});
  with.to.say(
      {{fmt::format("\"{}\" shows how it goes", with.call("import watch " + status->id)), tone::dim}});
  return exit_code::done;
}

exit_code start(const start_words& what, const surroundings& with) {
  auto wanted = signed_by<start_import>(what, with);
  // A full import proves that it is complete unless it is told not to; an incremental one only if it is told
  // to.
  wanted.options.verify = what.says_verify ? what.verifies : what.mode == import_mode::full;
  auto status = with.link.ask(wanted);
  if (detached(status))
    return complain(with.to,
                    {status.error().code,
                     fmt::format("ended before the node answered; whether the import was started says \"{}\"",
                                 with.call("import list --tenant " + what.tenant))});
  return begun(status, what.wait, with);
}

exit_code verify(const verify_words& what, const surroundings& with) {
  auto status = with.link.ask(signed_by<start_import>(what, with));
  if (!status) return tell(with.to, status);
  return follow(status->id, &*status, with);
}

exit_code resume(const resume_words& what, const surroundings& with) {
  return begun(with.link.ask(signed_by<resume_import>(what, with)), what.wait, with);
}

exit_code retry(const retry_words& what, const surroundings& with) {
  return begun(with.link.ask(signed_by<retry_import>(what, with)), what.wait, with);
}

exit_code accept(const accept_deletions& what, const surroundings& with) {
  auto status = with.link.ask(signed_by(what, with));
  if (!status || with.to.json) return tell(with.to, status);
  for (auto& note : status->notes)
    if (note.code == "deletions_accepted"
        && (what.record_type.empty() || note.record_type == what.record_type))
      with.to.say({{note.text}});
  return exit_code::done;
}

exit_code cancel(const cancel_import& what, const surroundings& with) {
  auto receipt = with.link.ask(signed_by(what, with));
  if (detached(receipt))
    return complain(with.to,
                    {receipt.error().code,
                     fmt::format("ended before the cancel was done; it goes on, and \"{}\" shows its receipt",
                                 with.call("import cancel " + what.id))});
  return tell(with.to, receipt);
}

exit_code list(const list_words& what, const surroundings& with) {
  return tell_pages(with, list_imports{what});
}

exit_code watch(const watch_words& what, const surroundings& with) {
  return what.id.empty() ? follow_all(with) : follow(what.id, nullptr, with);
}

} // namespace

void add_import_commands(grammar& to) {
  to.begin_group("imports");
  to.add<start_words>("import start", "import a record type with all it depends on", start)
      .about("If such an import is under way already, it is the answer; a paused one goes on.")
      .tenant(&start_words::tenant)
      .record_type(&start_words::record_type)
      .flag("--incremental", "only what has changed since the last import, deletions included",
            [](start_words& x) { x.mode = import_mode::incremental; })
      .value({"--since",
              "TIME",
              "incremental, from this time on at least: 2024-02-29 or 2024-02-29T12:00:00Z",
              word_kind::text,
              {},
              false,
              false,
              {}},
             [](start_words& x, const std::string& word) {
               auto time = parse_time(word);
               if (!time) return no_time(word);
               x.mode = import_mode::incremental;
               x.options.since = std::max<unix_ms>(*time, 1); // zero would say that none was given
               return std::string{};
             })
      .flag("--reconcile", "incremental, and find by comparison what was deleted unlogged",
            [](start_words& x) {
              x.mode = import_mode::incremental;
              x.options.reconcile = true;
            })
      .flag("--verify", "compare with the account at the end; a full import does so unless told otherwise",
            [](start_words& x) { x.says_verify = x.verifies = true; })
      .flag("--no-verify", "do not compare with the account at the end",
            [](start_words& x) {
              x.says_verify = true;
              x.verifies = false;
            })
      .flag("--queue", "wait for an import of this type in another mode instead of being refused",
            [](start_words& x) { x.queue = true; })
      .flag("--wait", &start_words::wait, waiting);
  to.add<verify_words>("verify", "compare a record type with the account and put right what differs", verify)
      .about("Compares counts and sums of keys and of some values, imports ranges that differ once more, and "
             "stays until it is done. Exits with 3 if something differs still.")
      .tenant(&verify_words::tenant)
      .record_type(&verify_words::record_type, "the record type")
      .flag("--deep", "and compare ranges chosen at random value by value",
            [](verify_words& x) { x.options.deep = std::max(x.options.deep, usual_sample); })
      .value({"--ranges",
              "N",
              "deep, with so many ranges of about 1000 records; 60 unless said",
              word_kind::text,
              {},
              false,
              false,
              {}},
             [](verify_words& x, const std::string& word) {
               auto count = read_number<std::uint32_t>(word, 1, largest_sample);
               if (!count) return no_number(word, "1", std::to_string(largest_sample));
               x.options.deep = *count;
               return std::string{};
             })
      .flag("--queue", "wait for an import of this type that is under way instead of being refused",
            [](verify_words& x) { x.queue = true; });
  ask<query_import>(to, "import status", "how an import stands").import_id(&query_import::id);
  to.add<watch_words>("import watch", "follow an import until it ends", watch)
      .about("Ctrl-C detaches, the import goes on.")
      .import_id(&watch_words::id);
  to.add<watch_words>("watch", "follow an import, or all that are under way", watch)
      .about("With an id the same as \"import watch\". Without one it stays until Ctrl-C, and shows imports "
             "that begin "
             "meanwhile as well.")
      .import_id(&watch_words::id)
      .optional();
  to.add<cancel_import>("import cancel", "cancel an import", cancel)
      .about("Answers with the receipt when nothing of it runs any more.")
      .import_id(&cancel_import::id);
  ask<pause_import>(to, "import pause", "let an import rest, also over restarts of the node")
      .about("Requests that are open may end first; answers when nothing of it runs any more.")
      .import_id(&pause_import::id);
  to.add<resume_words>("import resume", "let a paused import go on, whatever paused it", resume)
      .import_id(&resume_words::id)
      .flag("--wait", &resume_words::wait, waiting);
  to.add<retry_words>("import retry", "run again what has failed: every failed batch, or one", retry)
      .about(
          "Of an import that has ended with errors, failed, or is paused. Of a failed one everything that is "
          "not done goes on.")
      .import_id(&retry_words::id)
      .option("--batch", "K", &retry_words::batch, "only this batch; \"batches ID\" shows the numbers",
              std::uint64_t{1})
      .flag("--failed", "every failed batch, as without it", [](retry_words& x) { x.batch = 0; })
      .flag("--wait", &retry_words::wait, waiting);
  to.add<accept_deletions>("import accept-deletions", "carry out the deletions that an import holds", accept)
      .about(
          "An import that finds far more records gone than is usual (the criteria's deletion_guard) deletes "
          "none of them, since a role that sees less looks the same. This says that they are gone indeed.")
      .import_id(&accept_deletions::id)
      .option("--type", "R", &accept_deletions::record_type, "only those of this record type",
              word_kind::record_type);
  to.add<list_words>("import list", "the imports of the node, newest first", list)
      .option("--tenant", "TENANT", &list_words::tenant, "only those of this tenant", word_kind::tenant)
      .option("--limit", "N", &list_words::limit, "at most so many; 20 unless said", 1U, 10'000U);
}

} // namespace tidemark::cli
